import { afterAll, beforeAll, describe, expect } from 'vitest';
import { newTenant } from '../support/events/tenants.ts';
import { SECRET, toToken } from '../support/identity/tokens.ts';
import { startBackfill, TestFolder } from '../support/processes/command-process.ts';
import { History, listDaysUntilNow, toAuditItem } from '../support/qlik/history.ts';
import { type Reply, SimulatedTenant } from '../support/qlik/simulated-tenant.ts';
import { toOutcomes } from '../support/qlik/summary.ts';
import { concurrentTest, onTestEnd, perTest } from '../support/run/concurrent-test.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const KEY = 'the-api-key';

/** The days are over for longer than an hour, so that a run can finish them. */
describe('a day that npm run backfill has not finished', () => {
  let open: TestService;
  let closed: TestService;
  const [first = '', second = '', third = '', fourth = '', fifth = ''] = listDaysUntilNow(8);

  beforeAll(async () => {
    open = await startTestService('postgres');
    closed = await startTestService('postgres', { AUTH_JWT_SECRET: SECRET });
    // An open server with events of several tenants does not know which one a caller means.
    for (let number = 0; number < 2; number += 1) {
      const history = toHistory([first]);
      await open.client.ingest(...history.eventsOf(first).map((event) => toAuditItem(event, 'audits')));
    }
  });
  afterAll(() => Promise.all([open.close(), closed.close()]));
  const own = perTest((): { folder: TestFolder; history?: History; tenant?: SimulatedTenant } => {
    const folder = new TestFolder();
    onTestEnd(() => folder[Symbol.dispose]());
    return { folder };
  });

  /** A history of a new tenant that has events on the given days only. */
  const toHistory = (days: readonly string[]) =>
    new History({ tenantId: newTenant(), seed: 5, days: [...days], modelled: 10 * days.length });
  const startTenant = async (days: readonly string[]) => {
    const history = toHistory(days);
    const tenant = await SimulatedTenant.start({ history, apiKey: KEY });
    onTestEnd(() => tenant[Symbol.asyncDispose]());
    /** Answers requests for a day. */
    const intercept = (day: string, reply: Reply) => {
      tenant.intercept = ({ url = '' }) => (url.includes(`eventTime=${day}`) ? reply : undefined);
    };
    return { ...Object.assign(own(), { history, tenant }), intercept };
  };
  const readDays = () => own().tenant?.requests.filter(({ path }) => path === '/api/v1/audits').length;
  const run = async (args: readonly string[], token?: string) => {
    const { folder, tenant } = own();
    if (tenant === undefined) throw new Error('No tenant is started.');
    const urls = { tenant: tenant.url, service: (token === undefined ? open : closed).url };
    tenant.requests.length = 0;
    const settings = { QLIK_API_KEY: KEY, INGEST_TOKEN: token };
    await using command = startBackfill(urls, folder.path, args, settings);
    const result = await command.result(60_000);
    return { ...result, counts: toOutcomes(result.stdout) };
  };
  const range = (to: string, from = first) => ['--from', from, '--to', to];
  const listRecorded = async (token?: string) => {
    const client = (token === undefined ? open.client : closed.client.with(token)).as(
      own().history?.tenantId ?? '',
    );
    const { coverage } = await client.data(`{ coverage(from: "${first}", to: "${fifth}") { date } }`);
    return coverage.map(({ date }: { date: string }) => date);
  };
  concurrentTest('is read again after its events were rejected', async () => {
    const { history } = await startTenant([first, second, third]);
    const args = [...range(third), '--types', 'AUTOMATION_RUN_ENDED'];
    const wrong = await run(args, await toToken({ tenantId: newTenant(), scope: 'events:ingest' }));
    expect(wrong).toMatchObject({ status: 1, stderr: expect.stringContaining('FORBIDDEN_TENANT') });
    const right = await run(args, await toToken({ tenantId: history.tenantId, scope: 'events:ingest' }));
    expect(right.status).toBe(0);
    expect(right.counts).toEqual({ STORED: wrong.counts.REJECTED });
  });

  for (const [what, outcome, change] of [
    ['quarantined', 'QUARANTINED', { eventId: 'x'.repeat(300) }],
    ['in conflict', 'CONFLICT', { data: { another: 'content' } }],
  ] as const)
    concurrentTest(`is read again while an event of it is ${what}`, async () => {
      const { history, tenant, intercept } = await startTenant([first, second, third]);
      expect((await run([...range(second), '--types', 'all'])).status).toBe(0);
      const [item, ...items] = history.eventsOf(second).map((event) => toAuditItem(event, 'audits'));
      intercept(second, { status: 200, body: { data: [{ ...item, ...change }, ...items] } });
      for (const to of [second, third, third]) {
        const { status, counts } = await run([...range(to), '--types', 'all']);
        expect({ status, counts }).toMatchObject({ status: 1, counts: { [outcome]: 1 } });
      }
      tenant.intercept = () => undefined;
      expect((await run([...range(third), '--types', 'all'])).status).toBe(0);
      expect((await run([...range(third), '--types', 'all'])).stdout).toContain('2 more were sent');
    });

  concurrentTest(
    'is read again if it was the last one, sent before, and now has a rejected event',
    async () => {
      const { tenant, intercept } = await startTenant([first, second, third]);
      expect((await run(range(second))).status).toBe(0);
      intercept(second, { status: 200, body: { data: [null] } });
      expect((await run(range(second))).status).toBe(1);
      tenant.intercept = () => undefined;
      expect((await run(range(third))).stdout).toContain('(1 more were sent');
    },
  );

  concurrentTest('is recorded without events if an earlier run has seen the tenant', async () => {
    await startTenant([first, second]);
    expect((await run(range(second))).status).toBe(0);
    expect(await run(range(fourth, third))).toMatchObject({ status: 0, stderr: '' });
    expect(await listRecorded()).toEqual([first, second, third, fourth]);
  });

  concurrentTest('is read and recorded after an interruption before the tenant was known', async () => {
    const { tenant, intercept } = await startTenant([third]);
    intercept(second, { status: 400 });
    expect((await run(range(fourth))).status).toBe(2);
    tenant.intercept = () => undefined;
    expect((await run(range(fourth))).status).toBe(0);
    expect(await listRecorded()).toEqual([first, second, third, fourth]);
    expect((await run(range(fourth))).stdout).toContain('3 more were sent');
  });

  concurrentTest('is recorded for the tenant of the token if no day has an event', async () => {
    const { history } = await startTenant([]);
    const { tenantId } = history;
    const ingest = await toToken({ tenantId, scope: 'events:ingest' });
    expect(await run(range(second), ingest)).toMatchObject({ status: 0, stderr: '' });
    expect(await listRecorded(await toToken({ tenantId, scope: 'events:read' }))).toEqual([first, second]);
    await run(range(third), ingest);
    expect(readDays()).toBe(1);
  });

  concurrentTest('is read again, and the run says so, while the tenant is unknown', async () => {
    await startTenant([]);
    for (let round = 0; round < 2; round += 1) {
      const { status, stderr } = await run(range(third));
      expect(status).toBe(0);
      expect(stderr).toContain('no coverage is recorded');
      expect(readDays()).toBe(3);
    }
  });

  concurrentTest('ends the run if the service does not say whose token it is', async () => {
    await startTenant([]);
    expect(await run(range(first), 'no-token')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('UNAUTHENTICATED'),
    });
  });
});
