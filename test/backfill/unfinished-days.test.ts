import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newTenant } from '../support/events/tenants.ts';
import { SECRET, toToken } from '../support/identity/tokens.ts';
import { startBackfill, TestFolder } from '../support/processes/command-process.ts';
import { History, listDaysUntilNow, toAuditItem } from '../support/qlik/history.ts';
import { type Reply, SimulatedTenant } from '../support/qlik/simulated-tenant.ts';
import { toOutcomes } from '../support/qlik/summary.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const KEY = 'the-api-key';

/** The days are over for longer than an hour, so that a run can finish them. */
describe('a day that npm run backfill has not finished', () => {
  let open: TestService;
  let closed: TestService;
  let folder: TestFolder;
  let history: History;
  let tenant: SimulatedTenant;
  const [first = '', second = '', third = '', fourth = '', fifth = ''] = listDaysUntilNow(8);

  beforeAll(async () => {
    open = await startTestService('pglite');
    closed = await startTestService('pglite', { AUTH_JWT_SECRET: SECRET });
    // An open server with events of several tenants does not know which one a caller means.
    for (const tenantId of [newTenant(), newTenant()]) await startTenant(tenantId, [first]).then(fill);
  });
  afterAll(() => Promise.all([open.close(), closed.close()]));
  beforeEach(() => {
    folder = new TestFolder();
  });
  afterEach(async () => {
    await tenant[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  /** Starts a tenant that has events on the given days only. */
  const startTenant = async (tenantId: string, days: readonly string[]) => {
    history = new History({ tenantId, seed: 5, days: [...days], modelled: 10 * days.length });
    tenant = await SimulatedTenant.start({ history, apiKey: KEY });
    return tenant;
  };
  /** Answers requests for a day. */
  const intercept = (day: string, reply: Reply) => {
    tenant.intercept = ({ url = '' }) => (url.includes(`eventTime=${day}`) ? reply : undefined);
  };
  const readDays = () => tenant.requests.filter(({ path }) => path === '/api/v1/audits').length;
  const run = async (args: readonly string[], token?: string) => {
    const urls = { tenant: tenant.url, service: (token === undefined ? open : closed).url };
    tenant.requests.length = 0;
    const settings = { QLIK_API_KEY: KEY, INGEST_TOKEN: token };
    await using command = startBackfill(urls, folder.path, args, settings);
    const result = await command.result(60_000);
    return { ...result, counts: toOutcomes(result.stdout) };
  };
  const range = (to: string, from = first) => ['--from', from, '--to', to];
  const listRecorded = async (token?: string) => {
    const client = (token === undefined ? open.client : closed.client.with(token)).as(history.tenantId);
    const { coverage } = await client.data(`{ coverage(from: "${first}", to: "${fifth}") { date } }`);
    return coverage.map(({ date }: { date: string }) => date);
  };
  async function fill(): Promise<void> {
    const events = history.eventsOf(first).map((event) => toAuditItem(event, 'audits'));
    await open.client.ingest(...events);
    await tenant[Symbol.asyncDispose]();
  }

  test('is read again after its events were rejected', async () => {
    await startTenant(newTenant(), [first, second, third]);
    const args = [...range(third), '--types', 'AUTOMATION_RUN_ENDED'];
    const wrong = await run(args, await toToken({ tenantId: newTenant(), scope: 'events:ingest' }));
    expect(wrong).toMatchObject({ status: 1, stderr: expect.stringContaining('FORBIDDEN_TENANT') });
    const right = await run(args, await toToken({ tenantId: history.tenantId, scope: 'events:ingest' }));
    expect(right.status).toBe(0);
    expect(right.counts).toEqual({ STORED: wrong.counts.REJECTED });
  });

  test.each([
    ['quarantined', 'QUARANTINED', { eventId: 'x'.repeat(300) }],
    ['in conflict', 'CONFLICT', { data: { another: 'content' } }],
  ])('is read again while an event of it is %s', async (_what, outcome, change) => {
    await startTenant(newTenant(), [first, second, third]);
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

  test('is read again if it was the last one, sent before, and now has a rejected event', async () => {
    await startTenant(newTenant(), [first, second, third]);
    expect((await run(range(second))).status).toBe(0);
    intercept(second, { status: 200, body: { data: [null] } });
    expect((await run(range(second))).status).toBe(1);
    tenant.intercept = () => undefined;
    expect((await run(range(third))).stdout).toContain('(1 more were sent');
  });

  test('is recorded without events if an earlier run has seen the tenant', async () => {
    await startTenant(newTenant(), [first, second]);
    expect((await run(range(second))).status).toBe(0);
    expect(await run(range(fourth, third))).toMatchObject({ status: 0, stderr: '' });
    expect(await listRecorded()).toEqual([first, second, third, fourth]);
  });

  test('is read and recorded after an interruption before the tenant was known', async () => {
    await startTenant(newTenant(), [third]);
    intercept(second, { status: 400 });
    expect((await run(range(fourth))).status).toBe(2);
    tenant.intercept = () => undefined;
    expect((await run(range(fourth))).status).toBe(0);
    expect(await listRecorded()).toEqual([first, second, third, fourth]);
    expect((await run(range(fourth))).stdout).toContain('3 more were sent');
  });

  test('is recorded for the tenant of the token if no day has an event', async () => {
    await startTenant(newTenant(), []);
    const { tenantId } = history;
    const ingest = await toToken({ tenantId, scope: 'events:ingest' });
    expect(await run(range(second), ingest)).toMatchObject({ status: 0, stderr: '' });
    expect(await listRecorded(await toToken({ tenantId, scope: 'events:read' }))).toEqual([first, second]);
    await run(range(third), ingest);
    expect(readDays()).toBe(1);
  });

  test('is read again, and the run says so, while the tenant is unknown', async () => {
    await startTenant(newTenant(), []);
    for (let round = 0; round < 2; round += 1) {
      const { status, stderr } = await run(range(third));
      expect(status).toBe(0);
      expect(stderr).toContain('no coverage is recorded');
      expect(readDays()).toBe(3);
    }
  });

  test('ends the run if the service does not say whose token it is', async () => {
    await startTenant(newTenant(), []);
    expect(await run(range(first), 'no-token')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('UNAUTHENTICATED'),
    });
  });
});
