import { UsageError } from 'qlik-event-graph-ingest/console/usage-error';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parsePruneOptions } from '../../src/commands/prune/prune-options.ts';
import {
  createTestDatabase,
  describeOnEachDatabase,
  type TestDatabase,
} from '../support/databases/databases.ts';
import { readRows } from '../support/databases/rows.ts';
import { runEvent } from '../support/events/events.ts';
import { startPrune } from '../support/processes/command-process.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { startTestService } from '../support/services/service.ts';

/** What each tenant of the database knows of its log, past the service. */
const LOGS = `select t.tenant_id, t.head::int, t.pruned_through::int,
  array_to_string(array(select position from events e where e.tenant_id = t.tenant_id and raw is null order by 1), ' ') as pruned
  from tenants t order by 1`;

describeOnEachDatabase('npm run prune', (kind) => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase(kind);
    const service = await startTestService(kind, {}, database);
    const ten = (tenantId: string) => Array.from({ length: 10 }, () => runEvent(tenantId));
    await service.client.ingest(...ten('mixed'), ...ten('old'), ...ten('new'));
    await service.close();
    // Servers' clocks differ: the fifth is young, although older ones follow.
    await readRows(
      database,
      `update events set received_at = now() - interval '100 days'
       where tenant_id = 'old' or (tenant_id = 'mixed' and position in (1, 2, 3, 4, 6, 7))`,
    );
  });
  afterAll(() => database.drop());

  const prune = async (...args: string[]) => {
    await using command = startPrune(database, ...args);
    return await command.result();
  };
  const readLogs = async () =>
    (await readRows(database, LOGS)).map((row) => `${row.tenant_id} ${row.pruned_through} [${row.pruned}]`);

  test('--dry-run tells of each tenant how much would go, and drops nothing', async () => {
    const { status, stdout, stderr } = await prune('--older-than', '90d', '--dry-run');
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^mixed: 4 events \(\d+(\.\d)? k?B\) would be pruned, through position 4$/);
    expect(lines[1]).toMatch(/^old: 10 events \(.*\) would be pruned, through position 10$/);
    expect(lines[2]).toMatch(/^received before \S+Z: 14 events \(.*\) would be pruned$/);
    expect([status, stderr, lines.length]).toEqual([0, '', 3]);
    expect(await readLogs()).toEqual(['mixed 0 []', 'new 0 []', 'old 0 []']);
  });

  test('--tenant prunes that one alone; one that is not there is refused before anything is done', async () => {
    const refused = await prune('--older-than', '90d', '--tenant', 'mixed', '--tenant', 'none');
    expect(refused).toEqual({
      status: 1,
      stdout: '',
      stderr: 'qlik-event-graph cannot prune: --tenant: there are no events of "none".\n',
    });
    expect(await readLogs()).toEqual(['mixed 0 []', 'new 0 []', 'old 0 []']);
    const { status, stdout } = await prune('--older-than=90d', '--tenant=mixed');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^mixed: 4 events \(.*\) pruned, through position 4\n.*: 4 events .*\n$/);
    expect(await readLogs()).toEqual(['mixed 4 [1 2 3 4]', 'new 0 []', 'old 0 []']);
  });

  test('it drops what is old up to the first event that is not, and a second time nothing', async () => {
    const logs = ['mixed 4 [1 2 3 4]', 'new 0 []', 'old 10 [1 2 3 4 5 6 7 8 9 10]'];
    const first = await prune('--older-than', '90d');
    expect(first.stdout).toMatch(/^old: 10 events \(.*\) pruned, through position 10\n.*: 10 events .*\n$/);
    expect(first.status).toBe(0);
    expect(await readLogs()).toEqual(logs);
    const second = await prune('--older-than', '90d');
    expect(second.stdout).toMatch(/^received before \S+Z: 0 events \(0 B\) pruned\n$/);
    expect(second.status).toBe(0);
    expect(await readLogs()).toEqual(logs);
  });
});

function findProblems(args: string[]): readonly string[] {
  try {
    parsePruneOptions(args);
    return [];
  } catch (failure) {
    if (failure instanceof UsageError) return failure.problems;
    throw failure;
  }
}

describe('npm run prune refuses', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase('pglite');
  });
  afterAll(() => database.drop());

  test.each([
    [[], '--older-than is missing'],
    [['--older-than', '90'], '"90" is not a duration'],
    [['--older-than', ''], '"" is not a duration'],
    [['--older-than', '-1d'], '--older-than'],
    [['--older-than=-1d'], '"-1d" is not a duration'],
    [['--older-than', '1.5d'], 'is not a duration'],
    [['--older-than', '90 d'], 'is not a duration'],
    [['--older-than', '90D'], 'is not a duration'],
    [['--older-than', '3months'], 'is not a duration'],
    [['--older-than', '36526d'], 'is not a duration'],
    [['--older-than', '99999999999999999d'], 'is not a duration'],
    [['--older-than', '90d', '--tenant', ''], '--tenant'],
    [['--older-than', '90d', '--tenant', 'a\u0000b'.replace('\u0000', '\u0001')], '--tenant'],
    [['--older-than', '90d', '--dryrun'], '--dryrun'],
    [['--older-than', '90d', 'tenant'], "'tenant'"],
  ])('%j with one problem', (args, message) => {
    expect(findProblems(args)).toEqual([expect.stringContaining(message)]);
    expect(findProblems(args)[0]).not.toContain('\n');
  });

  test.each([
    [[], '--older-than is missing'],
    [['--older-than', '90d', '--dryrun'], '--dryrun'],
  ])('%j with one line and status 1', async (args, message) => {
    await using command = startPrune(database, ...args);
    const { status, stdout, stderr } = await command.result();
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).toContain('qlik-event-graph cannot prune: ');
    expect(stderr).toContain(message);
  });

  test('an embedded database that a service has open, naming its process', async () => {
    await using server = await ServerProcess.start(database);
    await using command = startPrune(database, '--older-than', '90d');
    const { status, stderr } = await command.result();
    expect(status).toBe(1);
    expect(stderr).toContain(`is in use by process ${server.pid};`);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('nothing when only --help is asked for', async () => {
    await using command = startPrune(database, '--help');
    const { status, stdout } = await command.result();
    expect(status).toBe(0);
    expect(stdout).toContain('--older-than 90d');
  });
});
