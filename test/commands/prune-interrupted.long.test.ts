import { expect } from 'vitest';
import {
  createTestDatabase,
  describeOnEachDatabase,
  type TestDatabase,
} from '../support/databases/databases.ts';
import { readRows } from '../support/databases/rows.ts';
import { startPrune } from '../support/processes/command-process.ts';
import { concurrentTest, onTestEnd } from '../support/run/concurrent-test.ts';
import { waitUntil } from '../support/wait-until.ts';

const TENANTS = 15;
const EVENTS = 1_000;

/** Events as ingest leaves them, as many as a prune needs some time for. */
const FILL = `with tenant as (
    insert into tenants (tenant_id, head) select 'tenant-' || lpad(n::text, 2, '0'), ${EVENTS}
    from generate_series(1, ${TENANTS}) n returning tenant_id)
  insert into events (tenant_id, position, event_key, type_key, event_id, source, type, type_name, envelope, time, received_at,
    content_hash, raw)
  select tenant_id, n, 'key-' || n, 'other', 'event-' || n, 'source', 'OTHER', 'other', 'CLOUDEVENTS_1_0', now(),
    now() - interval '100 days', 'hash', json_build_object('text', repeat('x', 300))
  from tenant, generate_series(1, ${EVENTS}) n`;

/** Of each tenant: how far it says it is pruned, how many bodies are gone, and the last of them. */
const STATES = `select pruned_through::int as through, count(*) filter (where raw is null)::int as bare,
  coalesce(max(position) filter (where raw is null), 0)::int as last_bare
  from tenants join events using (tenant_id) group by tenant_id, pruned_through order by tenant_id`;

describeOnEachDatabase('npm run prune, cut short', (kind) => {
  const readStates = async (database: TestDatabase) => {
    const states = (await readRows(database, STATES)) as {
      through: number;
      bare: number;
      last_bare: number;
    }[];
    expect(states).toHaveLength(TENANTS);
    for (const { through, bare, last_bare } of states) expect([bare, last_bare]).toEqual([through, through]);
    return states.map(({ through }) => through);
  };
  const all = Array.from({ length: TENANTS }, () => EVENTS);

  for (const signal of ['SIGINT', 'SIGKILL'] as const)
    concurrentTest(
      `by ${signal} leaves each log pruned to one position, and the next run goes on`,
      { timeout: 90_000 },
      async () => {
        const database = await createTestDatabase(kind);
        onTestEnd(() => database.drop());
        await readRows(database, FILL);
        await using command = startPrune(database, '--older-than', '90d');
        await waitUntil(() => command.stdout.includes('tenant-02: '), 60_000);
        const status = await command.stop(signal);
        expect(status).toBe({ SIGINT: 130, SIGKILL: 'SIGKILL' }[signal]);
        const states = await readStates(database);
        expect(states.slice(0, 2)).toEqual([EVENTS, EVENTS]);
        expect(states.at(-1), 'it was cut short').toBe(0);
        const done = states.reduce((sum, through) => sum + through, 0);
        if (signal === 'SIGINT') {
          expect(command.stderr).toBe('Interrupted. Pruned events stay pruned; run it again to resume.\n');
          expect(command.stdout).toContain(`: ${done.toLocaleString('en-US')} events (`);
        }

        await using next = startPrune(database, '--older-than', '90d');
        const { status: finished, stdout } = await next.result();
        expect(finished).toBe(0);
        const rest = TENANTS * EVENTS - done;
        expect(stdout.trimEnd().split('\n').at(-1)).toContain(`: ${rest.toLocaleString('en-US')} events (`);
        expect(await readStates(database)).toEqual(all);
      },
    );
});
