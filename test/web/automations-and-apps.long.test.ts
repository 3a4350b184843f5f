import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { describeWithProgram } from '../support/processes/programs.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { toAppsWithReloads, toReload } from '../support/web/apps.ts';
import { type Dashboard, openBrowser, openDashboard, PATIENCE } from '../support/web/dashboard.ts';
import { HOSTILE, TENANT, toRun, toRuns } from '../support/web/runs.ts';

const RUNS = 300;
const RELOADS = 40;
/** The run of an automation that has been idle for about 40 days. */
const IDLE = 4 * 24 * 40;

const AUTOMATIONS = `query ($where: AutomationFilter, $orderBy: [AutomationOrder!]) {
  automations(where: $where, orderBy: $orderBy, first: 100) { totalCount nodes {
    automationId lastRun { runId outcome } runStats { count successCount failureCount duration { p95 } } } } }`;
const APPS = `query ($where: AppFilter, $orderBy: [AppOrder!]) {
  apps(where: $where, orderBy: $orderBy, first: 100) { totalCount nodes {
    appId lastReload { status durationMs peakMemoryBytes } } } }`;
const RUN_STATS = `query ($where: AutomationRunFilter) { automationRunStats(where: $where) {
  count successCount failureCount totalApiCalls rxBytes duration { p95 } } }`;
const FAILED_BUCKETS = `query ($where: AutomationRunFilter) {
  automationRunStats(where: $where, interval: HOUR) { bucketStart failureCount } }`;
const RELOAD_STATS = `query ($where: AppReloadFilter) { appReloadStats(where: $where) {
  count failedCount duration { p95 } maxPeakMemoryBytes } }`;

describeWithProgram('Automations and apps in a browser', 'chromium', (executablePath) => {
  let service: TestService;
  let browser: Browser;
  let dashboard: Dashboard;
  let client: GraphqlClient;

  beforeAll(async () => {
    service = await startTestService('postgres');
    client = service.client.as(TENANT);
    await client.ingest(...toRuns(RUNS), ...toAppsWithReloads(RELOADS));
    const idle = toRun(IDLE, { id: 'idle-run', title: 'Idle automation', status: 'failed' });
    await client.ingest({ ...idle, toplevelresourceid: 'idle-automation' });
    browser = await openBrowser(executablePath);
    dashboard = await openDashboard(browser, service.url);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await service?.close();
  });
  afterEach(() => {
    expect(dashboard.complaints).toEqual([]);
  });
  const list = (testId: string, attribute: string) =>
    dashboard.page
      .getByTestId(testId)
      .evaluateAll((rows, name) => rows.map((row) => row.getAttribute(name) ?? ''), attribute);
  const cells = (testId: string) =>
    dashboard.page
      .getByTestId(testId)
      .evaluateAll((rows) =>
        rows.map((row) =>
          [...row.querySelectorAll<HTMLElement>('.number')].map((cell) => cell.dataset.value),
        ),
      );

  test('the list of automations shows the last run, counts and p95 of each', async () => {
    await dashboard.open('/automations');
    expect((await dashboard.view()).where).toEqual({});
    const { automations } = await client.data(AUTOMATIONS);
    expect(await list('automation-row', 'data-automation-id')).toEqual(
      automations.nodes.map(({ automationId }: { automationId: string }) => automationId),
    );
    expect(await cells('automation-row')).toEqual(
      // biome-ignore lint/suspicious/noExplicitAny: the answer of the API.
      automations.nodes.map(({ runStats: [stats] }: any) =>
        [stats.count, stats.failureCount, stats.successCount, stats.duration.p95].map(String),
      ),
    );
    expect(await list('last-run', 'data-run-id')).toEqual(
      // biome-ignore lint/suspicious/noExplicitAny: the answer of the API.
      automations.nodes.map(({ lastRun }: any) => lastRun.runId),
    );
    await expect.poll(() => dashboard.value('total'), PATIENCE).toBe(8);
    expect(await dashboard.value('idle')).toBe(1);
    expect(await dashboard.page.getByText(HOSTILE).count()).toBeGreaterThan(0);
    expect(await dashboard.page.evaluate('globalThis.hacked')).toBeUndefined();
  });

  test('the idle and the failing automations are one click away, in the address', async () => {
    await dashboard.open('/automations');
    await dashboard.page.getByTestId('idle').click();
    await expect
      .poll(() => list('automation-row', 'data-automation-id'), PATIENCE)
      .toEqual(['idle-automation']);
    expect(dashboard.page.url()).toContain('idle=30');
    await dashboard.page.goBack();
    await dashboard.page.getByTestId('failing').click();
    await expect
      .poll(async () => (await dashboard.view()).where, PATIENCE)
      .toEqual({ lastRun: { outcome: { eq: 'FAILURE' } } });
    await dashboard.waitForView('automations');
    const { automations } = await client.data(AUTOMATIONS, { where: (await dashboard.view()).where });
    expect((await list('automation-row', 'data-automation-id')).length).toBe(automations.totalCount);
    expect(await dashboard.value('failing')).toBe(automations.totalCount);
  });

  test.each([
    ['name=automation+1', { name: { contains: 'automation 1' } }],
    ['automation=automation-1,automation-2', { automationId: { in: ['automation-1', 'automation-2'] } }],
    ['outcome=SUCCESS&longer=1', { lastRun: { outcome: { eq: 'SUCCESS' }, durationMs: { gte: 1_000 } } }],
  ])('automations filtered by %s are those of the API', async (search, where) => {
    await dashboard.open(`/automations?${search}&order=NAME.ASC`);
    expect((await dashboard.view()).where).toEqual(where);
    const orderBy = [{ field: 'NAME', direction: 'ASC' }];
    const { automations } = await client.data(AUTOMATIONS, { where, orderBy });
    expect(await list('automation-row', 'data-automation-id')).toEqual(
      automations.nodes.map(({ automationId }: { automationId: string }) => automationId),
    );
    await expect.poll(() => dashboard.value('total'), PATIENCE).toBe(automations.totalCount);
  });

  test('the range limits the runs that are counted, not the automations', async () => {
    await dashboard.open('/automations?range=24h');
    const [count] = (await cells('automation-row')).map(([runs]) => Number(runs));
    expect(count).toBeLessThan(20);
    expect(await list('automation-row', 'data-automation-id')).toContain('idle-automation');
  });

  test('an automation shows why its last run failed, with the numbers of exactly its runs', async () => {
    await dashboard.open('/automations/automation-3');
    const { where } = await dashboard.view();
    expect(where).toEqual({ automationId: { eq: 'automation-3' } });
    const [stats] = (await client.data(RUN_STATS, { where })).automationRunStats;
    expect(await dashboard.value('total')).toBe(stats.count);
    expect(await dashboard.value('success-count')).toBe(stats.successCount);
    expect(await dashboard.value('failure-count')).toBe(stats.failureCount);
    expect(await dashboard.value('api-calls')).toBe(stats.totalApiCalls);
    expect(await dashboard.value('p95')).toBe(stats.duration.p95);
    expect((await dashboard.runIds())[0]).toBe('run-3');
    const link = dashboard.page.getByTestId('last-run-verdict').getByTestId('last-run');
    expect(await dashboard.page.getByTestId('last-run-verdict').innerText()).toContain('Failed');
    await link.click();
    await dashboard.waitForView('run');
    expect(dashboard.page.url()).toContain('/runs/run-3');
  });

  test('the failures by hour add up to the failures, in the hours of the zone', async () => {
    await dashboard.open('/automations/automation-3?zone=Asia/Kolkata');
    const { where } = await dashboard.view();
    const buckets: { bucketStart: string; failureCount: number }[] = (
      await client.data(FAILED_BUCKETS.replace('HOUR', 'HOUR, timeZone: "Asia/Kolkata"'), { where })
    ).automationRunStats;
    const expected = Array.from({ length: 24 }, () => 0);
    for (const { bucketStart, failureCount } of buckets) {
      const hour = new Date(Date.parse(bucketStart) + 5.5 * 3_600_000).getUTCHours();
      expected[hour] = (expected[hour] ?? 0) + failureCount;
    }
    const shown = dashboard.page.getByTestId('failures-by-hour').locator('li');
    expect(await shown.evaluateAll((items) => items.map((item) => Number(item.dataset.value)))).toEqual(
      expected,
    );
  });

  test('filters of an automation apply to its numbers, its charts and its runs alike', async () => {
    await dashboard.open('/automations/automation-3?outcome=FAILURE&zone=Asia/Tokyo');
    const { where } = await dashboard.view();
    expect(where).toEqual({ automationId: { eq: 'automation-3' }, outcome: { eq: 'FAILURE' } });
    const [stats] = (await client.data(RUN_STATS, { where })).automationRunStats;
    expect(await dashboard.value('total')).toBe(stats.count);
    const bars = await dashboard.page
      .getByTestId('chart-table')
      .nth(1)
      .locator('tr')
      .evaluateAll((rows) => rows.map((row) => Number(row.querySelector('td')?.dataset.value)));
    expect(bars.reduce((sum, count) => sum + count, 0)).toBe(stats.count);
    expect(new Set(await list('run-row', 'data-outcome'))).toEqual(new Set(['FAILURE']));
  });

  test('the list of apps shows the last reload of each, and filters and orders them', async () => {
    await dashboard.open('/apps?order=NAME.ASC');
    const rows = async (where: unknown) =>
      (await client.data(APPS, { where, orderBy: [{ field: 'NAME', direction: 'ASC' }] })).apps.nodes;
    const all = await rows({});
    expect(await list('app-row', 'data-app-id')).toEqual(all.map(({ appId }: { appId: string }) => appId));
    expect((await cells('app-row')).map(([duration, memory]) => [duration, memory])).toEqual(
      // biome-ignore lint/suspicious/noExplicitAny: the answer of the API.
      all.map(({ lastReload: { durationMs, peakMemoryBytes } }: any) =>
        [durationMs, peakMemoryBytes].map(String),
      ),
    );
    expect(await dashboard.page.getByText(HOSTILE).count()).toBeGreaterThan(0);
    await dashboard.page.getByTestId('choice-FAILED').click();
    await expect
      .poll(async () => (await dashboard.view()).where, PATIENCE)
      .toEqual({ lastReload: { status: { eq: 'FAILED' } } });
    await dashboard.waitForView('apps');
    const failed = await rows({ lastReload: { status: { eq: 'FAILED' } } });
    expect(await list('app-row', 'data-app-id')).toEqual(failed.map(({ appId }: { appId: string }) => appId));
    await dashboard.page.getByTestId('add-filter').selectOption('owner');
    await dashboard.page.keyboard.type('owner-1');
    await dashboard.page.keyboard.press('Enter');
    await expect.poll(() => dashboard.page.url(), PATIENCE).toContain('owner=owner-1');
    expect((await dashboard.view()).where).toMatchObject({ ownerId: { eq: 'owner-1' } });
  });

  test('an app shows its reloads with their errors, its size and its events', async () => {
    await dashboard.open('/apps/app-0');
    const { where } = await dashboard.view();
    const [stats] = (await client.data(RELOAD_STATS, { where })).appReloadStats;
    expect(await dashboard.value('total')).toBe(stats.count);
    expect(await dashboard.value('failed-count')).toBe(stats.failedCount);
    expect(await dashboard.value('p95')).toBe(stats.duration.p95);
    expect(await dashboard.value('peak-memory')).toBe(stats.maxPeakMemoryBytes);
    expect(await dashboard.value('event-count')).toBe(1 + stats.count);
    expect((await list('reload-row', 'data-reload-id')).slice(0, 2)).toEqual(['reload-0', 'reload-5']);
    expect(await dashboard.page.getByTestId('last-reload').innerText()).toContain('Table 0 not found');
  });

  test('a run and a reload change the lists and the views of their automation and app', async () => {
    const { page } = dashboard;
    const isLive = () =>
      expect.poll(() => page.getByTestId('live-state').getAttribute('data-state'), PATIENCE).toBe('live');
    await dashboard.open('/automations');
    await isLive();
    const newest = toRun(-1, { id: 'live-run', status: 'failed' });
    await client.ingest({ ...newest, toplevelresourceid: 'automation-5' });
    await expect.poll(() => list('last-run', 'data-run-id'), PATIENCE).toContain('live-run');
    expect((await list('automation-row', 'data-automation-id'))[0]).toBe('automation-5');
    expect(new Set(await list('automation-row', 'data-automation-id')).size).toBe(8);
    await dashboard.open('/automations/automation-5');
    await isLive();
    await client.ingest({ ...toRun(-2, { id: 'live-run-2' }), toplevelresourceid: 'automation-5' });
    await expect.poll(async () => (await dashboard.runIds())[0], PATIENCE).toBe('live-run-2');
    await dashboard.open('/apps/app-1');
    await isLive();
    const count = await dashboard.value('total');
    await client.ingest(toReload(-9, { reloadId: 'live-reload' }));
    await expect
      .poll(async () => (await list('reload-row', 'data-reload-id'))[0], PATIENCE)
      .toBe('live-reload');
    await expect.poll(() => dashboard.value('total'), PATIENCE).toBe(count + 1);
    await dashboard.open('/apps');
    await isLive();
    await client.ingest(toReload(-13));
    await expect.poll(async () => (await list('app-row', 'data-app-id'))[0], PATIENCE).toBe('app-2');
  });

  test('an automation or app that does not exist, and a list without matches, say so', async () => {
    await dashboard.open('/automations/none', 'not-found');
    expect((await dashboard.view()).name).toBe('automation');
    await dashboard.open('/apps/none', 'not-found');
    expect((await dashboard.view()).name).toBe('app');
    await dashboard.open('/automations?name=nothing', 'empty');
    await dashboard.open('/apps?name=nothing', 'empty');
    await dashboard.open('/automations/automation-1?title=nothing', 'empty');
  });

  test.each(['/automations', '/automations/automation-1', '/apps', '/apps/app-1'])(
    'a refusal of the API is shown with its code on %s',
    async (path) => {
      await dashboard.page.route('**/graphql', (route) =>
        route.fulfill({ json: { errors: [{ message: 'Too much.', extensions: { code: 'COST_LIMIT' } }] } }),
      );
      await dashboard.open(path, 'error');
      expect(await dashboard.page.getByTestId('error').first().getAttribute('data-code')).toBe('COST_LIMIT');
      await dashboard.page.unrouteAll();
    },
  );
});
