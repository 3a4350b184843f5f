import { afterAll, beforeAll, describe, expect } from 'vitest';
import { newTenant } from '../support/events/tenants.ts';
import { startBackfill, TestFolder } from '../support/processes/command-process.ts';
import { History, listDaysUntilNow, type PastEvent, toAuditItem } from '../support/qlik/history.ts';
import { SimulatedTenant, type SimulatedTenantOptions } from '../support/qlik/simulated-tenant.ts';
import { toOutcomes, withoutProgress } from '../support/qlik/summary.ts';
import { concurrentTest, onTestEnd, perTest } from '../support/run/concurrent-test.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { openHttpProxy } from '../support/sockets/http-proxy.ts';
import { waitUntil } from '../support/wait-until.ts';

const KEY = 'the-secret-api-key';
const CLIENT = { id: 'client-id', secret: 'the-client-secret' };
const AS_CLIENT = { QLIK_CLIENT_ID: CLIENT.id, QLIK_CLIENT_SECRET: CLIENT.secret };
const SECRETS = /the-secret-api-key|the-client-secret|access-token-|the-ingest-token/;

describe('npm run backfill', () => {
  let service: TestService;
  const days = listDaysUntilNow(95);
  const [oldest = '', , , , , , , , last = ''] = days.slice(0, 9);
  const newest = days.at(-1) ?? '';
  const range = ['--from', days.at(-4) ?? '', '--to', newest];

  beforeAll(async () => {
    service = await startTestService('pglite');
  });
  afterAll(() => service.close());

  const own = perTest(() => {
    const folder = new TestFolder();
    onTestEnd(() => folder[Symbol.dispose]());
    return { folder, history: new History({ tenantId: newTenant(), seed: 5, days, modelled: 950 }) };
  });

  const startTenant = (options: Partial<SimulatedTenantOptions> = {}) =>
    SimulatedTenant.start({ history: own().history, apiKey: KEY, client: CLIENT, ...options });
  const run = async (
    tenant: SimulatedTenant,
    args: readonly string[] = range,
    settings: Record<string, string | undefined> = { QLIK_API_KEY: KEY },
  ) => {
    const urls = { tenant: tenant.url, service: service.url };
    await using command = startBackfill(urls, own().folder.path, args, settings);
    const result = await command.result(120_000);
    expect(`${result.stdout}${result.stderr}`).not.toMatch(SECRETS);
    return { ...result, counts: toOutcomes(result.stdout) };
  };
  const modelledOf = (some: readonly string[]) =>
    some.reduce((sum, day) => sum + own().history.countModelled(day), 0);
  const client = () => service.client.as(own().history.tenantId);
  const countStored = async (): Promise<number> =>
    (await client().data('{ events { totalCount } }')).events.totalCount;

  concurrentTest('reads days of the archive and of the audit log, on both sides of the border', async () => {
    await using tenant = await startTenant();
    const { status, counts, stderr } = await run(tenant, ['--from', oldest, '--to', last]);
    expect({ status, counts, stderr: withoutProgress(stderr) }).toEqual({
      ...{ status: 0, stderr: '' },
      counts: { STORED: modelledOf(days.slice(0, 9)) },
    });
    const paths = new Set(tenant.requests.map(({ path }) => path).filter((path) => path.includes('audits')));
    expect(paths).toEqual(new Set(['/api/v1/audits', '/api/v1/audits/archive']));
  });

  concurrentTest(
    'sends every type with --types all, and only those named otherwise, in any spelling',
    async () => {
      await using tenant = await startTenant();
      const events = days.slice(-4).flatMap((day) => own().history.eventsOf(day));
      const countOf = (isCounted: (event: PastEvent) => boolean) => events.filter(isCounted).length;
      const isOf = (type: string) => (event: PastEvent) => event.parts.type === type;
      const reloads = countOf(isOf('app.reload.finished'));
      const runs = countOf(isOf('automation.run.ended'));
      const named = ['com.qlik.analytics.app.reload.finished', 'app.reload.finished', 'APP_RELOAD_FINISHED'];
      for (const [index, name] of named.entries()) {
        const { counts } = await run(tenant, [...range, '--restart', '--types', name]);
        expect(counts).toEqual({ [index === 0 ? 'STORED' : 'DUPLICATE']: reloads });
      }
      const both = await run(tenant, [...range, '--types', 'AUTOMATION_RUN_ENDED,app.reload.finished']);
      expect(both.counts).toEqual({ STORED: runs, DUPLICATE: reloads });
      expect(await readCoverage()).toEqual([]);
      const all = await run(tenant, [...range, '--types', 'all']);
      expect(all.counts).toEqual({ STORED: events.length - runs - reloads, DUPLICATE: runs + reloads });
      expect(await readCoverage()).toHaveLength(4);
    },
  );

  const readCoverage = async () =>
    (await client().data(`{ coverage(from: "${days.at(-4)}", to: "${newest}") { date isComplete } }`))
      .coverage;

  concurrentTest(
    'with --dry-run counts what the server lacks and stores nothing, not even its progress',
    async () => {
      await using tenant = await startTenant();
      const total = modelledOf(days.slice(-4));
      for (let round = 0; round < 2; round += 1) {
        const { status, stdout, counts } = await run(tenant, [...range, '--dry-run']);
        expect({ status, counts }).toEqual({ status: 0, counts: { STORED: total } });
        expect(stdout).toContain(
          `Nothing was stored: the server lacks the ${total} events counted as STORED.\n`,
        );
      }
      expect([await countStored(), await readCoverage()]).toEqual([0, []]);
      expect((await run(tenant)).counts).toEqual({ STORED: total });
      expect((await run(tenant, [...range, '--dry-run'])).counts).toEqual({ DUPLICATE: total });
    },
  );

  concurrentTest('skips the days that it has sent, but reads the last one again', async () => {
    await using tenant = await startTenant();
    await run(tenant);
    const { status, counts, stdout } = await run(tenant);
    expect({ status, counts }).toMatchObject({ status: 0, counts: { DUPLICATE: expect.any(Number) } });
    // Yesterday may not have been over for an hour when it was read.
    expect(stdout).toMatch(/events of [12] days? \([23] more were sent by earlier runs\)/);
    expect((await run(tenant, [...range, '--restart'])).counts).toEqual({
      DUPLICATE: modelledOf(days.slice(-4)),
    });
  });

  concurrentTest('interrupted, continues where it stopped', async () => {
    await using tenant = await startTenant();
    const urls = { tenant: tenant.url, service: service.url };
    const args = ['--from', oldest, '--to', newest];
    await using command = startBackfill(urls, own().folder.path, args, { QLIK_API_KEY: KEY });
    await waitUntil(() => tenant.requests.length > 10, 30_000);
    expect(await command.stop('SIGINT')).toBe(130);
    expect(command.stderr).toContain('Interrupted. Run the same command to resume.');
    const before = await countStored();
    const { status, stdout } = await run(tenant, args);
    expect(status).toBe(0);
    expect(stdout).toMatch(/more were sent by earlier runs/);
    expect(before).toBeGreaterThan(0);
    expect(await countStored()).toBe(950);
  });

  concurrentTest(
    'gets a new access token before the old one expires, and after one was revoked',
    {
      concurrent: false,
    },
    async () => {
      await using tenant = await startTenant({ tokenSeconds: 2 });
      tenant.intercept = (_request, index) => {
        if (index === 4) tenant.revokeTokens();
        return undefined;
      };
      const { status, counts } = await run(tenant, ['--from', oldest], AS_CLIENT);
      expect({ status, counts }).toEqual({ status: 0, counts: { STORED: 950 } });
      expect(tenant.tokensIssued).toBeGreaterThan(1);
      expect(tenant.requests.filter(({ status }) => status === 401)).toHaveLength(1);
    },
  );

  for (const [what, settings, path] of [
    ['an API key', { QLIK_API_KEY: 'the-secret-api-key-2' }, '/api/v1/audits'],
    ['an OAuth client', { ...AS_CLIENT, QLIK_CLIENT_SECRET: 'the-client-secret-2' }, '/oauth/token'],
  ] as const)
    concurrentTest(`ends at once with status 2 if ${what} is refused`, async () => {
      await using tenant = await startTenant();
      const { status, stderr } = await run(tenant, range, settings);
      expect(status).toBe(2);
      expect(stderr).toContain(`${tenant.url}${path} refuses the request: HTTP status 401.`);
      expect(tenant.requests).toEqual([{ path, status: 401 }]);
      expect(await readCoverage()).toEqual([]);
    });

  concurrentTest('waits as long as Retry-After says, and repeats after 5xx', async () => {
    await using tenant = await startTenant();
    const times: number[] = [];
    tenant.intercept = (_request, index) => {
      times.push(performance.now());
      if (index === 1) return { status: 429, headers: { 'retry-after': '2' } };
      return index === 3 ? { status: 502 } : undefined;
    };
    const { status, counts } = await run(tenant);
    expect({ status, counts }).toEqual({ status: 0, counts: { STORED: modelledOf(days.slice(-4)) } });
    expect((times[2] ?? 0) - (times[1] ?? 0)).toBeGreaterThanOrEqual(1_990);
  });

  concurrentTest('gives up after --give-up-after with status 2, and names the day', async () => {
    await using tenant = await startTenant();
    tenant.intercept = () => ({ status: 503 });
    const { status, stderr } = await run(tenant, [...range, '--give-up-after', '1s']);
    expect(status).toBe(2);
    expect(stderr).toContain(`${days.at(-4)}: Given up: ${new URL(tenant.url).host} answers 503.`);
  });

  for (const [what, address] of [
    ['another origin', 'https://example.com/api/v1/audits?next=1'],
    ['another port', 'http://127.0.0.1:1/api/v1/audits'],
    ['a user of the same origin', 'http://user:password@HOST/api/v1/audits'],
    ['no URL', 'http://['],
  ] as const)
    concurrentTest(`follows no link to ${what}, and does not record the day`, async () => {
      await using tenant = await startTenant();
      const href = address.replace('HOST', new URL(tenant.url).host);
      const data = own()
        .history.eventsOf(newest)
        .map((event) => toAuditItem(event, 'audits'));
      tenant.intercept = () => ({ status: 200, body: { data, links: { next: { href } } } });
      const { status, stderr } = await run(tenant, ['--from', newest]);
      expect(status).toBe(2);
      expect(stderr).toContain(`A page of /api/v1/audits leads away from ${tenant.url}.`);
      expect(await readCoverage()).toEqual([]);
    });

  for (const [what, reply] of [
    ['a redirect', { status: 302, headers: { location: 'https://example.com' } }],
    ['no page', { status: 200, body: '<html>' }],
    [
      'pages without an end',
      { status: 200, body: { data: [], links: { next: { href: '/api/v1/audits' } } } },
    ],
  ] as const)
    concurrentTest(`ends with status 2 after ${what}`, async () => {
      await using tenant = await startTenant();
      tenant.intercept = () => reply;
      expect((await run(tenant, ['--from', newest])).status).toBe(2);
    });

  concurrentTest('ends with status 2 if an answer of the archive is no list', async () => {
    const read = async (body: unknown) => {
      await using tenant = await startTenant();
      tenant.intercept = () => ({ status: 200, body });
      return (await run(tenant, ['--from', oldest, '--to', oldest])).status;
    };
    const texts = ['<html>', '"text"', '', ' \n', ',', '[tru]'];
    const bodies = [...texts, { message: 'try later' }, { data: [] }];
    expect(await Promise.all(bodies.map(read))).toEqual(bodies.map(() => 2));
    expect(await read([])).toBe(0);
  });

  concurrentTest('reports events that the server does not store, with status 1', async () => {
    await using tenant = await startTenant();
    const items = own()
      .history.eventsOf(newest)
      .map((event) => toAuditItem(event, 'audits'));
    const data = [{ ...items[0], eventId: 'x'.repeat(300) }, ...items.slice(1)];
    tenant.intercept = () => ({ status: 200, body: { data } });
    const { status, stderr, counts } = await run(tenant, ['--from', newest, '--types', 'all']);
    expect({ status, counts }).toEqual({ status: 1, counts: { STORED: items.length - 1, QUARANTINED: 1 } });
    expect(stderr).toContain('QUARANTINED INVALID_ID');
  });

  concurrentTest(
    'waits for the service, too, and records a day without events when the tenant is known',
    async () => {
      const proxy = await openHttpProxy(service.url);
      let failures = 0;
      proxy.fault = (index) => {
        if (index % 2 === 1) return undefined;
        failures += 1;
        return { kind: 'answer', status: 503, body: 'busy' };
      };
      own().history = new History({
        tenantId: own().history.tenantId,
        seed: 5,
        days: days.slice(-2),
        modelled: 20,
      });
      await using tenant = await startTenant();
      const urls = { tenant: tenant.url, service: proxy.url };
      await using command = startBackfill(urls, own().folder.path, range, { QLIK_API_KEY: KEY });
      expect((await command.result(60_000)).status).toBe(0);
      expect(failures).toBeGreaterThan(1);
      await proxy.close();
      expect(await readCoverage()).toEqual(days.slice(-4).map((date) => ({ date, isComplete: true })));
    },
  );
});
