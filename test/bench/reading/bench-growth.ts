import { startService } from '../contender.ts';
import { type Dose, measure } from '../measure.ts';
import { send } from '../post.ts';
import type { BenchPostgres } from '../start-postgres.ts';
import { printFigures } from '../table.ts';
import { fillTenants, toPlan } from '../tenants.ts';
import { LIST } from './bench-list.ts';

const SIZES = [10_000, 100_000, 1_000_000];
const DOSE: Dose = { rounds: 5, turnMs: 3_000, atOnce: 8 };

/** The same list in tenants of ten thousand, a hundred thousand and a million runs. */
export async function benchGrowth({ url, pid }: BenchPostgres): Promise<void> {
  const plans = SIZES.map((runs) => toPlan(`runs-${runs}`, runs));
  await fillTenants(url, plans);
  const service = await startService('service', url);
  try {
    const body = JSON.stringify(LIST);
    const subjects = plans.map(({ tenantId, runs }) => ({
      name: `${runs} runs`,
      pid: service.pid,
      run: () => send(service.url, body, { 'x-tenant-id': tenantId }),
    }));
    printFigures(
      'The list of 20 runs in tenants of different sizes',
      await measure(pid, subjects, DOSE),
      `${SIZES[0]} runs`,
    );
  } finally {
    await service.stop();
  }
}
