import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { newTenant } from '../support/events/tenants.ts';
import { startBackfill, TestFolder } from '../support/processes/command-process.ts';
import { History, listDaysUntilNow, toAuditItem } from '../support/qlik/history.ts';
import { SimulatedTenant, type SimulatedTenantOptions } from '../support/qlik/simulated-tenant.ts';
import { toOutcomes } from '../support/qlik/summary.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { openHttpProxy } from '../support/sockets/http-proxy.ts';

const CLIENT = { id: 'client-id', secret: 'the-client-secret' };
const AS_CLIENT = { QLIK_CLIENT_ID: CLIENT.id, QLIK_CLIENT_SECRET: CLIENT.secret };

/** What Qlik Cloud, or what stands in between, may answer in the middle of a day. */
describe('npm run backfill in the middle of a day', () => {
  let service: TestService;
  let folder: TestFolder;
  let history: History;
  let tenant: SimulatedTenant;
  const [day = '', nextDay = ''] = listDaysUntilNow(4);
  const range = ['--from', day, '--to', day];

  beforeAll(async () => {
    service = await startTestService('pglite');
  });
  afterAll(() => service.close());
  beforeEach(() => {
    folder = new TestFolder();
  });
  afterEach(async () => {
    await tenant[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  /** Starts a tenant with events on one day, of which a page has 100. */
  const startTenant = async (modelled: number, options: Partial<SimulatedTenantOptions> = {}) => {
    history = new History({ tenantId: newTenant(), seed: 5, days: [day], modelled });
    tenant = await SimulatedTenant.start({ history, apiKey: 'api-key', client: CLIENT, ...options });
  };
  const start = (args: readonly string[] = range, settings?: Record<string, string>) =>
    startBackfill({ tenant: tenant.url, service: service.url }, folder.path, args, settings);
  const run = async (args?: readonly string[], settings?: Record<string, string>) => {
    await using command = start(args, settings);
    const { status, stdout, stderr } = await command.result();
    return { status, stderr, counts: toOutcomes(stdout) };
  };
  const readCoverage = async () =>
    (
      await service.client
        .as(history.tenantId)
        .data(`{ coverage(from: "${day}", to: "${day}") { upstreamCount storedCount isComplete } }`)
    ).coverage;
  const countAudits = () => tenant.requests.filter(({ path }) => path === '/api/v1/audits').length;

  test('gets a new token when the old one expires or is revoked between two pages', async () => {
    await startTenant(350, { tokenSeconds: 2 });
    // The first token expires before the second page, and a later one is revoked.
    tenant.delayMs = ({ url = '' }) => (url.includes('audits') && !url.includes('next=') ? 2_100 : 0);
    let isRevoked = false;
    tenant.intercept = ({ url = '' }) => {
      if (url.includes('next=200') && !isRevoked) {
        tenant.revokeTokens();
        isRevoked = true;
      }
      return undefined;
    };
    expect(await run(range, AS_CLIENT)).toEqual({ status: 0, stderr: '', counts: { STORED: 350 } });
    expect(tenant.requests.filter(({ status }) => status === 401)).toHaveLength(1);
    expect(tenant.tokensIssued).toBeLessThan(countAudits());
    expect(await readCoverage()).toEqual([{ upstreamCount: 350, storedCount: 350, isComplete: true }]);
  });

  test('counts an event once, whatever pages repeat, leave empty or disorder, and in both spellings of its type', async () => {
    await startTenant(30);
    const items = history.eventsOf(day).map((event) => toAuditItem(event, 'audits'));
    const respelt = items.map((item) => ({
      ...item,
      eventType: String(item.eventType).replace(/^com\.qlik\.(v1\.)?/, 'com.qlik.analytics.'),
    }));
    const pages = [items.slice(0, 20), [], items.toReversed(), [], respelt, items.slice(0, 1)];
    tenant.intercept = ({ url = '' }) => {
      if (!url.startsWith('/api/v1/audits')) return undefined;
      const number = Number(new URL(url, tenant.url).searchParams.get('next') ?? 0);
      const next = number + 1 < pages.length ? { href: `/api/v1/audits?next=${number + 1}` } : null;
      return { status: 200, body: { data: pages[number], links: { next } } };
    };
    expect(await run()).toEqual({ status: 0, stderr: '', counts: { STORED: 30 } });
    expect(countAudits()).toBe(pages.length);
    expect(await readCoverage()).toEqual([{ upstreamCount: 30, storedCount: 30, isComplete: true }]);
  });

  test('continues after kill -9 between two pages, and has every event once', async () => {
    await startTenant(350);
    const twoDays = ['--from', day, '--to', nextDay];
    const countEvents = async () =>
      (await service.client.as(history.tenantId).data('{ events { totalCount } }')).events.totalCount;
    // The backfill waits for the third page, and sends the events of the others meanwhile.
    tenant.intercept = ({ url = '' }) => (url.includes('next=200') ? { status: 503 } : undefined);
    await using command = start(twoDays);
    await expect.poll(countEvents, { timeout: 20_000 }).toBeGreaterThan(0);
    const asked = countAudits();
    await expect.poll(countAudits, { timeout: 20_000 }).toBeGreaterThan(asked);
    command.child.kill('SIGKILL');
    expect(await command.end()).toBe('SIGKILL');
    expect(await readCoverage()).toEqual([]);
    tenant.intercept = () => undefined;
    const { status, counts } = await run(twoDays);
    const { STORED = 0, DUPLICATE = 0 } = counts;
    expect({ status, sum: STORED + DUPLICATE }).toEqual({ status: 0, sum: 350 });
    expect(DUPLICATE).toBeGreaterThan(0);
    expect(await readCoverage()).toEqual([{ upstreamCount: 350, storedCount: 350, isComplete: true }]);
    expect(await countEvents()).toBe(350);
  });

  test('prints neither a token nor a payload that the service or the tenant repeats in an answer', async () => {
    await startTenant(20);
    const proxy = await openHttpProxy(service.url);
    const message = 'Bearer the-ingest-token the-payload';
    const settings = { QLIK_API_KEY: 'api-key', INGEST_TOKEN: 'the-ingest-token' };
    const expectNoSecret = async (args: readonly string[], url: string, place: string) => {
      await using command = startBackfill({ tenant: tenant.url, service: url }, folder.path, args, settings);
      const { status, stdout, stderr } = await command.result();
      expect(`${stdout}${stderr}`).not.toMatch(/the-ingest-token|the-payload/);
      expect([status, stderr]).toEqual([2, expect.stringContaining(place)]);
    };
    for (const code of ['FORBIDDEN', 'UNAUTHENTICATED', 'BAD_USER_INPUT', 'the-payload']) {
      const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
      proxy.fault = () => ({ kind: 'answer', status: 200, body });
      for (const args of [range, ['--names'], [...range, '--dry-run']]) {
        await expectNoSecret(args, proxy.url, `${proxy.url}/graphql`);
      }
    }
    await proxy.close();
    const answers: [args: readonly string[], status: number][] = [
      [range, 403],
      [range, 200],
      [['--names'], 401],
    ];
    for (const [args, status] of answers) {
      tenant.intercept = () => ({ status, body: message });
      await expectNoSecret(args, service.url, `${tenant.url}/api/`);
    }
  });

  test('records a day as incomplete while the server lacks an event of it, and as complete afterwards', async () => {
    await startTenant(10);
    const [item, ...items] = history
      .eventsOf(day)
      .filter(({ isModelled }) => isModelled)
      .map((event) => toAuditItem(event, 'audits'));
    const data = [{ ...item, eventId: 'x'.repeat(300) }, ...items];
    tenant.intercept = ({ url = '' }) =>
      url.includes(`eventTime=${day}`) ? { status: 200, body: { data } } : undefined;
    // The last day of a range is read again anyway.
    const twoDays = ['--from', day, '--to', nextDay];
    expect(await run(twoDays)).toMatchObject({ status: 1, counts: { STORED: 9, QUARANTINED: 1 } });
    expect(await readCoverage()).toEqual([{ upstreamCount: 10, storedCount: 9, isComplete: false }]);
    tenant.intercept = () => undefined;
    expect(await run(twoDays)).toMatchObject({ status: 0, counts: { STORED: 1, DUPLICATE: 9 } });
    expect(await readCoverage()).toEqual([{ upstreamCount: 10, storedCount: 10, isComplete: true }]);
  });

  test('waits as Retry-After says, in seconds and as a date', async () => {
    await startTenant(20);
    const at: number[] = [];
    const toValue = [() => '2', () => new Date(Date.now() + 3_000).toUTCString()];
    tenant.intercept = (_request, index) => {
      at.push(performance.now());
      const value = toValue[index]?.();
      return value === undefined ? undefined : { status: 429, headers: { 'retry-after': value } };
    };
    expect(await run()).toEqual({ status: 0, stderr: '', counts: { STORED: 20 } });
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThan(1_950);
    // A date has no milliseconds.
    expect((at[2] ?? 0) - (at[1] ?? 0)).toBeGreaterThan(1_900);
  });

  test.each([
    ['11 digits', '99999999999'],
    ['400 digits', '9'.repeat(400)],
    ['the year 9999', 'Fri, 31 Dec 9999 23:59:59 GMT'],
  ])('does not ask without a pause if Retry-After is %s', async (_what, value) => {
    await startTenant(20);
    tenant.intercept = () => ({ status: 429, headers: { 'retry-after': value } });
    await using command = start();
    await expect.poll(() => tenant.requests.length, { timeout: 20_000 }).toBe(1);
    await sleep(1_000);
    expect(tenant.requests).toHaveLength(1);
    expect(await command.stop('SIGINT')).toBe(130);
  });

  const minutes = (count: number) => () => new Date(Date.now() + count * 60_000).toUTCString();

  test.each([
    ['6 minutes ahead of', minutes(-6)],
    ['90 minutes ahead of', minutes(-90)],
    ['1500 minutes behind', minutes(1_500)],
  ])(
    'ends without a day done where the clock of the machine is %s that of the tenant',
    async (skew, date) => {
      await startTenant(10, { date });
      const { status, stderr, counts } = await run();
      expect({ status, counts }).toEqual({ status: 2, counts: {} });
      expect(stderr).toContain(`This machine's clock is ${skew} that of 127.0.0.1:`);
      expect(await readCoverage()).toEqual([]);
      await tenant[Symbol.asyncDispose]();
      tenant = await SimulatedTenant.start({ history, apiKey: 'api-key' });
      expect(await run()).toMatchObject({ status: 0, counts: { STORED: 10 } });
    },
  );

  test.each([
    ['differs by 4 minutes', minutes(4)],
    ['is not a date', () => 'soon'],
    ['is missing', null],
  ])('takes an answer whose Date %s', async (_, date) => {
    await startTenant(10, { date });
    expect(await run()).toEqual({ status: 0, stderr: '', counts: { STORED: 10 } });
  });
});
