import { beforeAll, describe, expect, test } from 'vitest';
import { runRebuild } from '../rebuild/run-rebuild.ts';
import type { TestDatabase } from '../support/databases/databases.ts';
import { createTestRole, type TestRole } from '../support/databases/roles.ts';
import { appEvent, EXAMPLES, readExample, runEvent } from '../support/events/events.ts';
import { startPrune } from '../support/processes/command-process.ts';
import { startTestService } from '../support/services/service.ts';

/**
 * Settings of roles and databases that change how values are written and read, what statements
 * mean, or when they end.
 */
const HOSTILE: Record<string, string> = {
  timezone: 'Asia/Kolkata',
  intervalstyle: 'sql_standard',
  extra_float_digits: '-15',
  bytea_output: 'escape',
  array_nulls: 'off',
  standard_conforming_strings: 'off',
  transform_null_equals: 'on',
  quote_all_identifiers: 'on',
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
  row_security: 'off',
  client_encoding: 'LATIN1',
  search_path: 'elsewhere',
  statement_timeout: '1ms',
  lock_timeout: '1ms',
  idle_in_transaction_session_timeout: '1ms',
  idle_session_timeout: '500ms',
  jit: 'off',
  synchronous_commit: 'off',
  application_name: 'other',
};
const DATE_STYLES = ['German, DMY', 'SQL, DMY', 'Postgres, MDY'];

const TENANT = 'one';
const HOSTILE_TEXT = `quote ' backslash \\ Ünïcödé ⚡ null`;
const EVENTS = [
  ...EXAMPLES.map(readExample).map((event, index) => ({
    ...event,
    ...('extensions' in event
      ? { extensions: { ...event.extensions, tenantId: TENANT } }
      : { tenantid: TENANT }),
    ...('eventId' in event ? { eventId: `e${index}` } : { id: `e${index}` }),
  })),
  runEvent(
    TENANT,
    {
      id: 'r1',
      status: 'failed',
      startTime: '2026-03-04T01:02:03.456Z',
      stopTime: '2026-03-04T05:06:07.890Z',
      title: HOSTILE_TEXT,
    },
    { id: 'run-1', time: '2026-03-04T05:06:07.890Z' },
  ),
  runEvent(
    TENANT,
    { id: 'r2', startTime: '2025-12-11T22:59:59Z', stopTime: '2025-12-11T23:30:00Z' },
    { id: 'run-2', time: '2025-12-11T23:30:00Z' },
  ),
  appEvent(
    TENANT,
    'app.created',
    { id: 'a1', name: HOSTILE_TEXT },
    { eventId: 'app-1', eventTime: '2026-05-06T07:08:09Z' },
  ),
];
const QUERY = `{
  automationRuns(first: 50) { totalCount nodes { runId title status occurredAt startTime stopTime durationMs blocks(first: 20) { nodes { ordinal blockName durationMs } } } }
  automations { nodes { automationId lastRunAt } }
  apps(includeDeleted: true) { nodes { appId name createdDate lastReloadTime extraAttributes reloads { nodes { occurredAt status durationMs } } } }
  filtered: automationRuns(where: { occurredAt: { gte: "2026-03-04T05:06:07.890Z" }, title: { contains: "backslash \\\\" } }) { nodes { runId } }
  automationRunStats(interval: DAY, timeZone: "Europe/Berlin", groupBy: [AUTOMATION]) { bucketStart count duration { avg p50 p95 } }
  events(first: 50) { nodes { position eventId time raw } }
}`;

const TABLES = ['automation_runs', 'blocks', 'automations', 'apps', 'app_reloads'];

/** Everything that a service says and stores when it is sent these events. */
async function observe(place: TestDatabase, readTable: (table: string) => Promise<unknown>) {
  const service = await startTestService('postgres', {}, place);
  const client = service.client.as(TENANT);
  try {
    const live = client.subscribe('subscription { automationRunEnded { run { runId occurredAt } } }');
    await client.data('{ __typename }');
    const receipts = await client.ingest(...EVENTS);
    const again = await client.ingest(...EVENTS);
    const rows: Record<string, unknown> = {};
    for (const table of TABLES) rows[table] = await readTable(table);
    const answers = await client.data(QUERY);
    await live.close();
    return { receipts, again, answers, rows };
  } finally {
    await service.close();
  }
}

const readTableOf = (role: TestRole) => (table: string) =>
  role.asAdmin(`select to_jsonb(t)::text as row from public.${table} t order by 1`);
const owns = (role: string, database: string) => [
  `alter database ${database} owner to ${role}`,
  'create schema elsewhere',
  `grant all on schema elsewhere, public to ${role}`,
];

describe('the same events give the same answers and rows as on a plain database', () => {
  let plain: unknown;

  beforeAll(async () => {
    await using role = await createTestRole(owns);
    plain = await observe(role.place, readTableOf(role));
  });

  const cases: [title: string, toStatements: (role: string, database: string) => string[]][] = [
    ...DATE_STYLES.map((style): [string, (role: string) => string[]] => [
      `where a role has DateStyle ${style} and every other hostile setting`,
      (role) =>
        Object.entries({ ...HOSTILE, datestyle: style }).map(
          ([name, value]) =>
            `alter role ${role} set ${name} = ${name === 'search_path' ? value : `'${value}'`}`,
        ),
    ]),
    [
      'where the database has them',
      (_, database) =>
        Object.entries({ ...HOSTILE, datestyle: 'German, DMY' })
          // The test's own administrator has to connect.
          .filter(([name]) => !name.endsWith('timeout') && name !== 'client_encoding')
          .map(
            ([name, value]) =>
              `alter database ${database} set ${name} = ${name === 'search_path' ? value : `'${value}'`}`,
          ),
    ],
  ];

  test.each(cases)('%s', { timeout: 120_000 }, async (_, toStatements) => {
    await using role = await createTestRole((name, database) => [
      ...owns(name, database),
      ...toStatements(name, database),
    ]);
    expect(await observe(role.place, readTableOf(role))).toEqual(plain);
    const { status, stdout, notes } = await runRebuild(role.place);
    expect([status, notes], stdout).toEqual([0, '']);
    await using prune = startPrune(role.place, '--older-than', '0s');
    const pruned = await prune.result();
    expect([pruned.status, pruned.stderr], pruned.stdout).toEqual([0, expect.not.stringMatching(/^\s+at /m)]);
    const [row] = await role.asAdmin('select count(*)::int as kept from public.events where raw is not null');
    expect(row).toEqual({ kept: 0 });
    expect(await runRebuild(role.place)).toMatchObject({ status: 0 });
  });
});
