import { Agent } from 'node:http';
import { startService } from '../contender.ts';
import { type Dose, measure } from '../measure.ts';
import { exchange } from '../post.ts';
import type { BenchPostgres } from '../start-postgres.ts';
import { printTable, toText } from '../table.ts';
import { fillTenants, LIST_TENANT } from '../tenants.ts';
import { LIST } from './bench-list.ts';

const DOSE: Dose = { rounds: 5, turnMs: 2_000, atOnce: 1 };

/** What a compressed answer costs: 50 runs with 4 blocks each, with each coding. */
export async function benchCompression({ url, pid }: BenchPostgres): Promise<void> {
  await fillTenants(url, [LIST_TENANT]);
  const service = await startService('service', url);
  const agent = new Agent({ keepAlive: true });
  const body = JSON.stringify({ ...LIST, variables: { first: 50 } });
  const read = (coding: string) => () =>
    exchange(agent, service.url, body, {
      ...{ 'x-tenant-id': LIST_TENANT.tenantId, accept: 'application/json', 'accept-encoding': coding },
    });
  try {
    const subjects = ['identity', 'gzip', 'br'].map((name) => ({ name, pid: service.pid, run: read(name) }));
    const figures = await measure(pid, subjects, DOSE);
    printTable(
      '50 runs with 4 blocks each, by Accept-Encoding',
      ['coding', 'CPU of server, ms', 'together, ms', 'per second'],
      figures.map(({ name, server, total, perSecond }) => [
        ...[name, toText(server), toText(total), toText(perSecond)],
      ]),
    );
  } finally {
    agent.destroy();
    await service.stop();
  }
}
