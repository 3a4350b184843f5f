import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { createTestDatabase, type TestDatabase } from '../support/databases/databases.ts';
import { SECRET, toToken } from '../support/identity/tokens.ts';
import { describeWithProgram } from '../support/processes/programs.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { type Dashboard, openBrowser, openDashboard, PATIENCE } from '../support/web/dashboard.ts';
import { HOSTILE, TENANT, toRun, toRuns } from '../support/web/runs.ts';

const RUNS = 400;
const DAY = 86_400_000;
const toDay = (daysAgo: number) => new Date(Date.now() - daysAgo * DAY).toISOString().slice(0, 10);

const TOTAL = `query ($where: AutomationRunFilter) { automationRunStats(where: $where) {
  count billableCount totalApiCalls rxBytes txBytes } }`;
const TOP = `query ($where: AutomationRunFilter, $blocks: BlockFilter) {
  automationRunStats(where: $where, groupBy: [AUTOMATION], orderBy: [{ field: TOTAL_API_CALLS }], first: 10) {
    automationId totalApiCalls }
  blockStats(where: $blocks, groupBy: [CONNECTOR], orderBy: [{ field: API_CALLS }], first: 10) {
    connectorId apiCalls } }`;
const SET_NAMES = `mutation ($names: [NameInput!]!) { setNames(input: { names: $names }) { changed } }`;
const RECORD = `mutation ($days: [CoverageDayInput!]!) { recordCoverage(input: { days: $days }) {
  days { date } } }`;

describeWithProgram('Usage, quarantine and coverage in a browser', 'chromium', (executablePath) => {
  let database: TestDatabase;
  let service: TestService;
  let browser: Browser;
  let dashboard: Dashboard;
  let client: GraphqlClient;

  beforeAll(async () => {
    database = await createTestDatabase('postgres');
    service = await startTestService('postgres', {}, database);
    client = service.client.as(TENANT);
    const billable = { ...toRun(2, { id: 'billable-run', billable: true }), id: 'billable' };
    await client.ingest(...toRuns(RUNS), billable, toRun(4 * 24 * 35, { id: 'run-of-last-month' }));
    await client.data(SET_NAMES, {
      names: [{ tenantId: TENANT, kind: 'CONNECTOR', id: 'crm', name: 'Customer <b>records</b>' }],
    });
    browser = await openBrowser(executablePath);
    dashboard = await openDashboard(browser, service.url);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await service?.close();
    await database?.drop();
  });
  afterEach(() => {
    expect(dashboard.complaints).toEqual([]);
  });
  const rowsOf = (testId: string) =>
    dashboard.page
      .getByTestId(testId)
      .evaluateAll((rows) =>
        rows.map((row) => [
          row.getAttribute('data-id'),
          Number(row.querySelector('[data-value].number')?.getAttribute('data-value')),
        ]),
      );

  test('usage shows the sums of the last 7 days, and the automations and connectors on top', async () => {
    await dashboard.open('/usage');
    const { where } = await dashboard.view();
    const { gte, lt } = (where as { occurredAt: { gte: string; lt: string } }).occurredAt;
    expect(Date.parse(lt) - Date.parse(gte)).toBe(7 * DAY);
    const [total] = (await client.data(TOTAL, { where })).automationRunStats;
    expect(await dashboard.value('api-calls')).toBe(total.totalApiCalls);
    expect(await dashboard.value('rx-bytes')).toBe(total.rxBytes);
    expect(await dashboard.value('tx-bytes')).toBe(total.txBytes);
    expect(await dashboard.value('billable-count')).toBe(total.billableCount);
    expect(await dashboard.value('run-count')).toBe(total.count);
    const { automationRunStats, blockStats } = await client.data(TOP, { where, blocks: { run: where } });
    expect(await rowsOf('usage-automation-row')).toEqual(
      // biome-ignore lint/suspicious/noExplicitAny: the answer of the API.
      automationRunStats.map(({ automationId, totalApiCalls }: any) => [automationId, totalApiCalls]),
    );
    expect(await rowsOf('usage-connector-row')).toEqual(
      // biome-ignore lint/suspicious/noExplicitAny: the answer of the API.
      blockStats.map(({ connectorId, apiCalls }: any) => [connectorId, apiCalls]),
    );
    expect(await dashboard.page.getByText('Customer <b>records</b>').count()).toBe(1);
    expect(await dashboard.page.getByText(HOSTILE).count()).toBeGreaterThan(0);
    const bars = await dashboard.page
      .getByTestId('chart-table')
      .locator('td')
      .evaluateAll((cells) => cells.map((cell) => Number(cell.dataset.value)));
    expect(bars).toHaveLength(7 * 24);
    expect(bars.reduce((sum, value) => sum + value, 0)).toBe(total.totalApiCalls);
  });

  test('the measure and the filters of usage are in the address; billable runs are counted once', async () => {
    const { page } = dashboard;
    await dashboard.open('/usage');
    await page.getByTestId('by-billable').click();
    await expect.poll(() => rowsOf('usage-automation-row'), PATIENCE).toEqual([['automation-2', 1]]);
    expect(page.url()).toContain('by=billable');
    expect(await rowsOf('usage-connector-row')).toEqual(
      expect.arrayContaining([
        ['chat', 1],
        ['crm', 1],
      ]),
    );
    await dashboard.open('/usage?outcome=FAILURE&by=received&top=25');
    const { where } = await dashboard.view();
    expect(where).toMatchObject({ outcome: { eq: 'FAILURE' } });
    const [total] = (await client.data(TOTAL, { where })).automationRunStats;
    expect(await dashboard.value('run-count')).toBe(total.count);
    await page.goBack();
    await expect.poll(() => page.url(), PATIENCE).toContain('by=billable');
  });

  test('the month to date stands beside last month, by the zone of the view', async () => {
    await dashboard.open('/usage?zone=Pacific/Kiritimati');
    await dashboard.page.getByTestId('month-runs').waitFor();
    const partOf = async (part: string) =>
      Number(
        await dashboard.page
          .getByTestId('month-runs')
          .locator(`[data-part=${part}]`)
          .getAttribute('data-value'),
      );
    const local = new Date(Date.now() + 14 * 3_600_000);
    const toStart = (offset: number) =>
      new Date(Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + offset) - 14 * 3_600_000).toISOString();
    const countOf = async (where: unknown) =>
      (await client.data(TOTAL, { where })).automationRunStats[0].count;
    expect(await partOf('this-month')).toBe(await countOf({ occurredAt: { gte: toStart(0) } }));
    expect(await partOf('last-month')).toBe(
      await countOf({ occurredAt: { gte: toStart(-1), lt: toStart(0) } }),
    );
    expect(await partOf('same-time')).toBeLessThanOrEqual(await partOf('last-month'));
  });

  test('a range without runs says so on usage', async () => {
    await dashboard.open('/usage?from=2001-01-01T00:00:00.000Z&to=2001-02-01T00:00:00.000Z', 'empty');
  });

  test('the quarantine shows each item as text, and retries and discards what is selected', async () => {
    const { page } = dashboard;
    await dashboard.open('/quarantine', 'empty');
    const broken = toRun(1, { id: 'broken', title: HOSTILE });
    const { id: _id, ...withoutId } = broken;
    await client.ingest(withoutId, { ...toRun(1), data: { id: 'run-1', status: 'failed' } });
    await dashboard.open('/quarantine');
    expect(await page.getByTestId('quarantine-row').count()).toBe(2);
    await expect.poll(() => dashboard.value('total'), PATIENCE).toBe(2);
    const codes = page.getByTestId('problem');
    expect(await codes.evaluateAll((problems) => problems.map((problem) => problem.dataset.code))).toEqual([
      'MISSING_ID',
      'ID_CONFLICT',
    ]);
    await page.getByText('As sent').first().click();
    expect(await page.getByTestId('quarantine-row').first().innerText()).toContain('onerror=');
    expect(await page.evaluate('globalThis.hacked')).toBeUndefined();
    await page.getByTestId('retry').click();
    await expect
      .poll(() => page.getByTestId('action-result').innerText(), PATIENCE)
      .toBe('0 items left the quarantine, 2 items stayed.');
    await page.getByLabel('Select the item').first().check();
    await page.getByTestId('discard').click();
    await page.getByTestId('confirm-discard').click();
    await expect.poll(() => page.getByTestId('quarantine-row').count(), PATIENCE).toBe(1);
    expect(await page.getByTestId('action-result').innerText()).toBe('1 item discarded.');
    await expect.poll(() => dashboard.value('total'), PATIENCE).toBe(1);
  });

  test('the quarantine follows the range of the address, and shows items that arrive', async () => {
    await client.ingest({ ...toRun(1, { id: 'earlier' }), id: undefined });
    for (const year of [2_001, 2_101]) {
      const [gte, lt] = [`${year}-01-01T00:00:00.000Z`, `${year}-02-01T00:00:00.000Z`];
      await dashboard.open(`/quarantine?from=${gte}&to=${lt}`, 'empty');
      expect(await dashboard.view()).toMatchObject({ where: { receivedAt: { gte, lt } } });
      expect(await dashboard.value('total')).toBe(0);
    }
    const follower = await openDashboard(browser, service.url);
    await follower.page.clock.install();
    await follower.open('/quarantine?range=24h');
    const shown = follower.page.getByTestId('quarantine-row');
    const before = await shown.count();
    expect(before).toBeGreaterThan(0);
    await client.ingest({ ...toRun(1, { id: 'later' }), id: undefined });
    // The view polls every 5 s.
    await follower.page.clock.fastForward(5_000);
    await expect.poll(() => shown.count(), PATIENCE).toBe(before + 1);
    await expect.poll(() => follower.value('total'), PATIENCE).toBe(before + 1);
    await follower.close();
  });

  test('coverage shows complete days, gaps and days that were not checked', async () => {
    const { page } = dashboard;
    await dashboard.open('/coverage', 'empty');
    const days = [
      { tenantId: TENANT, date: toDay(3), upstreamCount: 20, storedCount: 20 },
      { tenantId: TENANT, date: toDay(1), upstreamCount: 1_200, storedCount: 1_180 },
    ];
    await client.data(RECORD, { days });
    await dashboard.open('/coverage');
    expect((await dashboard.view()).where).toMatchObject({ to: toDay(0) });
    const stateOf = (daysAgo: number) => page.locator(`[data-date="${toDay(daysAgo)}"].day`);
    expect(await stateOf(3).getAttribute('data-day-state')).toBe('complete');
    expect(await stateOf(2).getAttribute('data-day-state')).toBe('not-checked');
    expect(await stateOf(1).getAttribute('data-day-state')).toBe('gap');
    expect(await stateOf(1).getAttribute('data-value')).toBe('20');
    expect(await page.getByTestId('gap-row').getAttribute('data-date')).toBe(toDay(1));
    expect(await dashboard.value('complete-days')).toBe(1);
    expect(await dashboard.value('missing-events')).toBe(20);
    await page.getByTestId('range-7d').click();
    await expect.poll(() => page.getByTestId('coverage-day').count(), PATIENCE).toBeLessThanOrEqual(8);
  });

  test.each(['/usage', '/quarantine', '/coverage'])(
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

  test('without the scope events:admin the quarantine is refused, and says which scope it needs', async () => {
    await service.close();
    service = await startTestService('postgres', { AUTH_JWT_SECRET: SECRET }, database);
    const secured = await openDashboard(browser, service.url);
    await secured.open('/quarantine');
    await secured.page.getByLabel('Token').fill(await toToken({ tenantId: TENANT, scope: 'events:read' }));
    await secured.page.keyboard.press('Enter');
    await secured.waitForView('quarantine', 'error');
    expect(await secured.page.getByTestId('error').first().getAttribute('data-code')).toBe('FORBIDDEN');
    expect(await secured.page.getByText('events:admin').count()).toBeGreaterThan(0);
    expect(await secured.page.getByTestId('discard').count()).toBe(0);
    await secured.page.getByRole('link', { name: 'Usage' }).click();
    await secured.waitForView('usage');
    await secured.close();
  });
});
