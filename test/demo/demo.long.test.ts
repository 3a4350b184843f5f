import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GraphqlClient } from '../support/clients/graphql-client.ts';
import { CommandProcess, TestFolder } from '../support/processes/command-process.ts';
import { findFreePort } from '../support/sockets/free-port.ts';
import { waitUntil } from '../support/wait-until.ts';

const TENANT_IDS = ['northwind-retail', 'meridian-freight', 'aurora-energy'];
const DAY_MS = 86_400_000;
const SMALL = ['--share', '0.05'];
const START_MS = 90_000;

/** Settings of a service, which the demo must not use. */
const OTHERS = { DATABASE_URL: 'postgres://none@127.0.0.1:1/none', AUTH_JWT_SECRET: 's'.repeat(32) };

/** Starts the demo, with its data below a folder of the test. */
function startDemo(folder: TestFolder, port: number): CommandProcess {
  return new CommandProcess('demo', SMALL, { ...OTHERS, PORT: String(port), TMPDIR: folder.path });
}

const isReady = (demo: CommandProcess) => demo.stdout.includes('Ready after') || demo.ended !== undefined;

describe('npm run demo', () => {
  let folder: TestFolder;
  let port: number;
  let demo: CommandProcess;
  let client: GraphqlClient;
  /** The heads of the tenants when the history is stored. */
  let heads: number[];

  beforeAll(async () => {
    folder = new TestFolder();
    port = await findFreePort();
    demo = startDemo(folder, port);
    await waitUntil(
      () => isReady(demo),
      START_MS,
      () => demo.stdout + demo.stderr,
    );
    client = new GraphqlClient(`http://127.0.0.1:${port}`);
    heads = await Promise.all(TENANT_IDS.map(headOf));
  }, START_MS);
  afterAll(async () => {
    await demo?.[Symbol.asyncDispose]();
    folder?.[Symbol.dispose]();
  });

  const headOf = async (tenantId: string): Promise<number> =>
    (await client.as(tenantId).data('{ eventLog { headPosition } }')).eventLog.headPosition;

  test('prints the addresses on its port, and the tenants', () => {
    expect(demo.stdout).toMatch(/^Starting the service on a temporary database \.\.\.\nReady after /);
    expect(demo.stdout).toMatch(new RegExp(`Dashboard +http://127\\.0\\.0\\.1:${port}/\n`));
    expect(demo.stdout).toMatch(new RegExp(`GraphiQL +http://127\\.0\\.0\\.1:${port}/graphql\n`));
    expect(demo.stdout).toMatch(new RegExp(`Tenants +${TENANT_IDS.join(', ')}\n`));
    expect(demo.stderr).toBe('');
  });

  test('has runs and reloads of 60 days, apps, coverage with gaps, and two items in quarantine', async () => {
    const from = new Date(Date.now() - 61 * DAY_MS).toISOString().slice(0, 10);
    const to = new Date().toISOString().slice(0, 10);
    for (const tenantId of TENANT_IDS) {
      const answer = await client.as(tenantId).data(
        `query ($from: Date!, $to: Date!) {
          automationRunStats { count successCount failureCount warningCount billableCount duration { p50 p95 } }
          byDay: automationRunStats(interval: DAY, first: 100) { bucketStart }
          appReloadStats { count }
          apps(first: 100) { totalCount }
          automations(first: 100) { totalCount }
          quarantinedEvents { totalCount nodes { problems { code } } }
          coverage(from: $from, to: $to) { isComplete upstreamCount storedCount recoveredCount }
        }`,
        { from, to },
      );
      const [runs] = answer.automationRunStats;
      expect(runs.failureCount / runs.count, tenantId).toBeGreaterThan(0.01);
      expect(runs.failureCount / runs.count, tenantId).toBeLessThan(0.3);
      expect(runs.successCount).toBeGreaterThan(runs.count / 2);
      expect(runs.billableCount).toBeGreaterThan(0);
      expect(runs.duration.p95).toBeGreaterThan(runs.duration.p50);
      const days: string[] = answer.byDay.map(({ bucketStart }: { bucketStart: string }) => bucketStart);
      const ages = days.map((day) => (Date.now() - Date.parse(day)) / DAY_MS);
      expect(days.length, tenantId).toBeGreaterThan(25);
      expect(Math.max(...ages)).toBeGreaterThan(52);
      expect(Math.max(...ages)).toBeLessThan(62);
      expect(Math.min(...ages)).toBeLessThan(4);
      expect(answer.appReloadStats[0].count).toBeGreaterThan(5);
      expect(answer.apps.totalCount).toBeGreaterThan(4);
      expect(answer.automations.totalCount).toBeGreaterThan(8);
      const codes = answer.quarantinedEvents.nodes.flatMap(({ problems }: { problems: { code: string }[] }) =>
        problems.map(({ code }) => code),
      );
      expect(codes.toSorted()).toEqual(['ID_CONFLICT', 'MISSING_ID']);
      const { coverage } = answer;
      expect(coverage.length).toBeGreaterThan(35);
      expect(coverage.some(({ isComplete }: { isComplete: boolean }) => !isComplete)).toBe(true);
    }
  });

  test('sends further events of each tenant, and quarantines none', async () => {
    const hasGrown = async () => {
      const after = await Promise.all(TENANT_IDS.map(headOf));
      return after.every((head, index) => head > (heads[index] ?? 0));
    };
    await waitUntil(hasGrown, 60_000);
    const { automationRuns } = await client
      .as('northwind-retail')
      .data('{ automationRuns(first: 1) { nodes { occurredAt } } quarantinedEvents { totalCount } }');
    expect(Date.now() - Date.parse(automationRuns.nodes[0].occurredAt)).toBeLessThan(DAY_MS);
    for (const tenantId of TENANT_IDS) {
      const answer = await client.as(tenantId).data('{ quarantinedEvents { totalCount } }');
      expect(answer.quarantinedEvents.totalCount, tenantId).toBe(2);
    }
  }, 90_000);

  test('names a busy port in one line, with status 1, and leaves no folder', async () => {
    using other = new TestFolder();
    await using second = startDemo(other, port);
    const { status, stderr } = await second.result(START_MS);
    expect(stderr).toMatch(
      /^qlik-event-graph cannot run the demo: .*the port is in use by another program\n$/,
    );
    expect(status).toBe(1);
    expect(readdirSync(other.path)).toEqual([]);
  }, 120_000);

  test('keeps its data below TMPDIR, and after SIGINT deletes it and ends with status 0', async () => {
    expect(readdirSync(folder.path)).toEqual([
      expect.stringMatching(new RegExp(`^qlik-event-graph-demo-${demo.pid}-`)),
    ]);
    // npm repeats Ctrl-C, so the process receives the signal twice.
    demo.child.kill('SIGINT');
    expect(await demo.stop('SIGINT')).toBe(0);
    expect(demo.stdout).toMatch(/\nStopped\. The data is deleted\.\n$/);
    expect(demo.stderr).toBe('');
    expect(readdirSync(folder.path)).toEqual([]);
  }, 60_000);
});

describe('npm run demo, stopped early', () => {
  test('ends with status 0 and deletes its data after SIGTERM while the history is stored', async () => {
    using folder = new TestFolder();
    const port = await findFreePort();
    await using demo = new CommandProcess('demo', ['--share', '0.3'], {
      PORT: String(port),
      TMPDIR: folder.path,
    });
    const client = new GraphqlClient(`http://127.0.0.1:${port}`).as('northwind-retail');
    const hasEvents = () =>
      client.request('{ eventLog { headPosition } }').then(
        ({ data }) => data?.eventLog.headPosition > 0,
        () => demo.ended !== undefined,
      );
    await waitUntil(hasEvents, START_MS, () => demo.stdout + demo.stderr);
    expect(await demo.stop('SIGTERM', 60_000)).toBe(0);
    expect(demo.stdout).not.toContain('Ready');
    expect(readdirSync(folder.path)).toEqual([]);
  }, 180_000);

  test('deletes the folder of a demo that was killed, and no other', async () => {
    using folder = new TestFolder();
    await using killed = startDemo(folder, await findFreePort());
    await waitUntil(() => readdirSync(folder.path).length > 0, START_MS);
    expect(await killed.stop('SIGKILL')).toBe('SIGKILL');
    const own = `qlik-event-graph-demo-${process.pid}-own`;
    folder.write(own, '');
    folder.write('other', '');
    await using next = startDemo(folder, await findFreePort());
    await waitUntil(() => next.stdout.includes('Starting'), START_MS);
    const names = readdirSync(folder.path);
    expect(names.filter((name) => !name.includes(`-demo-${next.pid}-`)).toSorted()).toEqual(['other', own]);
    expect(names).toHaveLength(3);
  }, 120_000);
});
