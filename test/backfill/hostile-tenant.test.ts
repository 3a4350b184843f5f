import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { newTenant } from '../support/events/tenants.ts';
import { startBackfill, TestFolder } from '../support/processes/command-process.ts';
import { History, listDaysUntilNow, toAuditItem } from '../support/qlik/history.ts';
import { SimulatedTenant, type SimulatedTenantOptions } from '../support/qlik/simulated-tenant.ts';
import { toOutcomes, withoutProgress } from '../support/qlik/summary.ts';
import { concurrentTest, onTestEnd, perTest } from '../support/run/concurrent-test.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { openHttpProxy } from '../support/sockets/http-proxy.ts';

const CLIENT = { id: 'client-id', secret: 'the-client-secret' };
const AS_CLIENT = { QLIK_CLIENT_ID: CLIENT.id, QLIK_CLIENT_SECRET: CLIENT.secret };

/** What Qlik Cloud, or what stands in between, may answer in the middle of a day. */
describe('npm run backfill in the middle of a day', () => {
  let service: TestService;
  const [day = ''] = listDaysUntilNow(4);
  const range = ['--from', day, '--to', day];

  beforeAll(async () => {
    service = await startTestService('pglite');
  });
  afterAll(() => service.close());
  const own = perTest((): { folder: TestFolder; history?: History; tenant?: SimulatedTenant } => {
    const folder = new TestFolder();
    onTestEnd(() => folder[Symbol.dispose]());
    return { folder };
  });
  /** Starts a tenant with events on one day, of which a page has 100. */
  const startTenant = async (modelled: number, options: Partial<SimulatedTenantOptions> = {}) => {
    const history = new History({ tenantId: newTenant(), seed: 5, days: [day], modelled });
    const tenant = await SimulatedTenant.start({ history, apiKey: 'api-key', client: CLIENT, ...options });
    onTestEnd(() => tenant[Symbol.asyncDispose]());
    return Object.assign(own(), { history, tenant });
  };
  const start = (args: readonly string[] = range, settings?: Record<string, string>) =>
    startBackfill(
      { tenant: own().tenant?.url ?? '', service: service.url },
      own().folder.path,
      args,
      settings,
    );
  const run = async (args?: readonly string[], settings?: Record<string, string>) => {
    await using command = start(args, settings);
    const { status, stdout, stderr } = await command.result();
    return { status, stderr: withoutProgress(stderr), counts: toOutcomes(stdout) };
  };
  const readCoverage = async () =>
    (
      await service.client
        .as(own().history?.tenantId ?? '')
        .data(`{ coverage(from: "${day}", to: "${day}") { upstreamCount storedCount isComplete } }`)
    ).coverage;
  const countAudits = () => own().tenant?.requests.filter(({ path }) => path === '/api/v1/audits').length;

  concurrentTest(
    'gets a new token when the old one expires or is revoked between two pages',
    {
      concurrent: false,
    },
    async () => {
      const { tenant } = await startTenant(350, { tokenSeconds: 1 });
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
      expect(await readCoverage()).toEqual([{ upstreamCount: 350, storedCount: 350, isComplete: true }]);
    },
  );

  concurrentTest(
    'counts an event once, whatever pages repeat, leave empty or disorder, and in both spellings of its type',
    async () => {
      const { history, tenant } = await startTenant(30);
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
    },
  );

  concurrentTest('continues after kill -9 between two pages, and has every event once', async () => {
    const { history, tenant } = await startTenant(350);
    let isKilled = false;
    const command = start();
    tenant.intercept = ({ url = '' }) => {
      if (!url.includes('next=200') || isKilled) return undefined;
      isKilled = command.child.kill('SIGKILL');
      return { status: 503 };
    };
    expect(await command.end()).toBe('SIGKILL');
    expect(await readCoverage()).toEqual([]);
    const { status, counts } = await run();
    expect({ status, sum: (counts.STORED ?? 0) + (counts.DUPLICATE ?? 0) }).toEqual({ status: 0, sum: 350 });
    expect(await readCoverage()).toEqual([{ upstreamCount: 350, storedCount: 350, isComplete: true }]);
    const { events } = await service.client.as(history.tenantId).data('{ events { totalCount } }');
    expect(events.totalCount).toBe(350);
  });

  concurrentTest(
    'prints neither a token nor a payload that the service or the tenant repeats in an answer',
    async () => {
      const { folder, tenant } = await startTenant(20);
      const proxy = await openHttpProxy(service.url);
      const message = 'Bearer the-ingest-token the-payload';
      for (const code of ['FORBIDDEN', 'UNAUTHENTICATED', 'BAD_USER_INPUT', 'the-payload']) {
        const body = JSON.stringify({ errors: [{ message, extensions: { code } }] });
        proxy.fault = () => ({ kind: 'answer', status: 200, body });
        const check = async (args: readonly string[]) => {
          const urls = { tenant: tenant.url, service: proxy.url };
          const settings = { QLIK_API_KEY: 'api-key', INGEST_TOKEN: 'the-ingest-token' };
          await using command = startBackfill(urls, folder.path, args, settings);
          const { status, stdout, stderr } = await command.result();
          expect(`${stdout}${stderr}`).not.toMatch(/the-ingest-token|the-payload/);
          expect([status, stderr]).toEqual([2, expect.stringContaining(`${proxy.url}/graphql`)]);
        };
        await Promise.all([range, ['--names'], [...range, '--dry-run']].map(check));
      }
      await proxy.close();
    },
  );

  concurrentTest(
    'records a day as incomplete while the server lacks an event of it, and as complete afterwards',
    async () => {
      const { history, tenant } = await startTenant(10);
      const [item, ...items] = history
        .eventsOf(day)
        .filter(({ isModelled }) => isModelled)
        .map((event) => toAuditItem(event, 'audits'));
      const data = [{ ...item, eventId: 'x'.repeat(300) }, ...items];
      tenant.intercept = ({ url = '' }) =>
        url.includes('audits') ? { status: 200, body: { data } } : undefined;
      expect(await run()).toMatchObject({ status: 1, counts: { STORED: 9, QUARANTINED: 1 } });
      expect(await readCoverage()).toEqual([{ upstreamCount: 10, storedCount: 9, isComplete: false }]);
      tenant.intercept = () => undefined;
      expect(await run()).toMatchObject({ status: 0, counts: { STORED: 1, DUPLICATE: 9 } });
      expect(await readCoverage()).toEqual([{ upstreamCount: 10, storedCount: 10, isComplete: true }]);
    },
  );

  concurrentTest('waits as Retry-After says, in seconds and as a date', async () => {
    const { tenant } = await startTenant(20);
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

  for (const [what, value] of [
    ['11 digits', '99999999999'],
    ['400 digits', '9'.repeat(400)],
    ['the year 9999', 'Fri, 31 Dec 9999 23:59:59 GMT'],
  ] as const)
    concurrentTest(`does not ask without a pause if Retry-After is ${what}`, async () => {
      const { tenant } = await startTenant(20);
      tenant.intercept = () => ({ status: 429, headers: { 'retry-after': value } });
      await using command = start();
      await expect.poll(() => tenant.requests.length, { timeout: 20_000 }).toBe(1);
      await sleep(1_000);
      expect(tenant.requests).toHaveLength(1);
      expect(await command.stop('SIGINT')).toBe(130);
    });
});
