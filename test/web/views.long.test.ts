import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { readExample } from '../support/events/events.ts';
import { describeWithProgram } from '../support/processes/programs.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { type Dashboard, openBrowser, openDashboard, PATIENCE } from '../support/web/dashboard.ts';
import { HOSTILE, TENANT, toRun, toRuns } from '../support/web/runs.ts';

const COUNT = 900;
const STATS = `query ($where: AutomationRunFilter) {
  automationRunStats(where: $where) { count failureCount duration { p95 } } }`;

describeWithProgram('The dashboard in a browser', 'chromium', (executablePath) => {
  let service: TestService;
  let browser: Browser;
  let dashboard: Dashboard;
  let client: GraphqlClient;

  beforeAll(async () => {
    service = await startTestService('pglite');
    client = service.client.as(TENANT);
    await client.ingest(...toRuns(COUNT));
    const reload = readExample('app.reload.finished');
    await client.ingest({ ...reload, extensions: { ...reload.extensions, tenantId: TENANT } });
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
  const statsOf = async (where: unknown) =>
    (await client.data(STATS, { where })).automationRunStats[0] as {
      count: number;
      failureCount: number;
      duration: { p95: number };
    };

  test('the overview shows the numbers of the statistics of the last 7 days', async () => {
    await dashboard.open('/');
    const { name, where } = await dashboard.view();
    expect(name).toBe('overview');
    const stats = await statsOf(where);
    expect(await dashboard.value('run-count')).toBe(stats.count);
    expect(await dashboard.value('failure-count')).toBe(stats.failureCount);
    expect(await dashboard.value('p95')).toBe(stats.duration.p95);
    expect(stats.count).toBeGreaterThan(600);
    expect(stats.count).toBeLessThan(COUNT);
  });

  test('the bars of the overview add up to the number of runs, with a bar for each hour', async () => {
    await dashboard.open('/');
    const bars = await dashboard.page
      .getByTestId('chart-table')
      .first()
      .locator('tr')
      .evaluateAll((rows) =>
        rows.map((row) => [...row.querySelectorAll('td')].map((cell) => Number(cell.dataset.value))),
      );
    expect(bars).toHaveLength(7 * 24);
    expect(bars.reduce((sum, [count = 0]) => sum + count, 0)).toBe(await dashboard.value('run-count'));
    expect(bars.reduce((sum, [, failed = 0]) => sum + failed, 0)).toBe(
      await dashboard.value('failure-count'),
    );
  });

  test('brushing a chart sets the range in the address', async () => {
    await dashboard.open('/');
    const box = await dashboard.page.locator('.u-over').first().boundingBox();
    if (box === null) throw new Error('There is no chart.');
    await dashboard.page.mouse.move(box.x + box.width * 0.4, box.y + 40);
    await dashboard.page.mouse.down();
    await dashboard.page.mouse.move(box.x + box.width * 0.6, box.y + 40, { steps: 4 });
    await dashboard.page.mouse.up();
    await expect.poll(() => dashboard.page.url(), PATIENCE).toMatch(/from=.*to=/);
    await dashboard.waitForView('overview');
    const { where } = await dashboard.view();
    expect(await dashboard.value('run-count')).toBe((await statsOf(where)).count);
    await dashboard.page.goBack();
    await expect.poll(() => dashboard.page.url()).not.toContain('from=');
  });

  test('why the last run of an automation failed is three clicks from the first page', async () => {
    await dashboard.open('/');
    await dashboard.page.getByTestId('find-automation').fill('Automation 3');
    const tile = dashboard.page.getByTestId('automation-tile');
    await expect.poll(() => tile.count(), PATIENCE).toBe(1);
    await expect.poll(() => tile.getByTestId('tick').count(), PATIENCE).toBe(30);
    await tile.locator('[data-outcome=FAILURE]').last().click();
    await dashboard.waitForView('run');
    expect(await dashboard.page.getByTestId('verdict').innerText()).toMatch(/Failed after .*last block/s);
  });

  test('hostile titles are shown as text', async () => {
    await dashboard.open('/runs?title=onerror');
    expect(await dashboard.page.getByTestId('run-row').first().innerText()).toContain(HOSTILE);
    await dashboard.open('/');
    expect(await dashboard.page.getByText(HOSTILE).count()).toBeGreaterThan(0);
    expect(await dashboard.page.evaluate('globalThis.hacked')).toBeUndefined();
  });

  test.each([
    ['an outcome', 'outcome=FAILURE', { outcome: { eq: 'FAILURE' } }],
    ['two outcomes', 'outcome=FAILURE,WARNING', { outcome: { in: ['FAILURE', 'WARNING'] } }],
    [
      'a title and a duration',
      'title=automation+2&longer=2',
      {
        title: { contains: 'automation 2' },
        durationMs: { gte: 2_000 },
      },
    ],
    ['both ends of a duration', 'longer=1.5&shorter=3', { durationMs: { gte: 1_500, lte: 3_000 } }],
    [
      'a connector and a block',
      'connector=crm&block=list',
      {
        someBlock: { connectorId: { eq: 'crm' }, blockName: { contains: 'list' } },
      },
    ],
    [
      'a range',
      'from=2026-01-01T00:00:00.000Z&to=2999-01-01T00:00:00.000Z',
      {
        occurredAt: { gte: '2026-01-01T00:00:00.000Z', lt: '2999-01-01T00:00:00.000Z' },
      },
    ],
    ['values that are none', 'outcome=NOTHING&longer=x', {}],
  ])('a list of runs filtered by %s shows the runs of that filter', async (_what, search, where) => {
    await dashboard.open(`/runs?${search}`);
    expect((await dashboard.view()).where).toEqual(where);
    const stats = await statsOf(where);
    await expect.poll(() => dashboard.value('total'), PATIENCE).toBe(stats.count);
    expect(await dashboard.value('failure-count')).toBe(stats.failureCount);
    const { automationRuns } = await client.data(
      'query ($where: AutomationRunFilter) { automationRuns(where: $where, first: 10) { nodes { runId } } }',
      { where },
    );
    const ids = automationRuns.nodes.map(({ runId }: { runId: string }) => runId);
    expect((await dashboard.runIds()).slice(0, ids.length)).toEqual(ids);
  });

  test('filters and orders are set with the pointer, stay in the address, and back removes them', async () => {
    const { page } = dashboard;
    await dashboard.open('/runs');
    await page.getByTestId('choice-FAILURE').click();
    await dashboard.waitForView('runs');
    await page.getByTestId('add-filter').selectOption('title');
    await page.keyboard.type('automation 1');
    await page.keyboard.press('Enter');
    await page.getByTestId('order-DURATION').click();
    await expect.poll(() => page.url()).toContain('order=DURATION');
    await dashboard.waitForView('runs');
    expect((await dashboard.view()).where).toEqual({
      outcome: { eq: 'FAILURE' },
      title: { contains: 'automation 1' },
    });
    const ids = await dashboard.runIds();
    const copy = await openDashboard(browser, service.url);
    await copy.open(new URL(page.url()).pathname + new URL(page.url()).search);
    expect(await copy.runIds()).toEqual(ids);
    await copy.close();
    await page.goBack();
    await page.goBack();
    await expect
      .poll(async () => (await dashboard.view()).where, PATIENCE)
      .toEqual({ outcome: { eq: 'FAILURE' } });
    await page.goBack();
    await expect.poll(async () => (await dashboard.view()).where, PATIENCE).toEqual({});
  });

  test('a filter by id offers the ids by their names, and its chip shows the name', async () => {
    const { page } = dashboard;
    await dashboard.open('/runs');
    await page.getByTestId('add-filter').selectOption('automation');
    const offered = () =>
      page
        .locator('datalist option')
        .evaluateAll((options) =>
          options.map((option) => [option.getAttribute('value'), option.getAttribute('label')]),
        );
    await expect.poll(offered, PATIENCE).toContainEqual(['automation-2', 'Automation 2']);
    await page.keyboard.type('automation-2');
    await page.keyboard.press('Enter');
    await dashboard.waitForView('runs');
    expect((await dashboard.view()).where).toEqual({ automationId: { eq: 'automation-2' } });
    await expect
      .poll(() => page.getByTestId('chip-automation').innerText(), PATIENCE)
      .toContain('Automation: Automation 2');
    await page.getByRole('button', { name: 'Remove the filter Automation' }).click();
    await expect.poll(async () => (await dashboard.view()).where, PATIENCE).toEqual({});
  });

  test('scrolling loads every run once, and the page never holds more than a screen of them', async () => {
    const { page } = dashboard;
    await dashboard.open('/runs');
    const seen = new Set<string>();
    const most: number[] = [];
    await expect
      .poll(async () => {
        const ids = await dashboard.runIds();
        for (const id of ids) seen.add(id);
        most.push(ids.length);
        await page.mouse.wheel(0, 800);
        return seen.size;
      }, PATIENCE)
      .toBe(COUNT);
    expect(Math.max(...most)).toBeLessThan(100);
    await page.getByTestId('run-row').last().locator('a').click();
    await dashboard.waitForView('run');
    await page.goBack();
    await dashboard.waitForView('runs');
    await expect.poll(() => page.evaluate(() => scrollY), PATIENCE).toBeGreaterThan(10_000);
  });

  test('going back finds the place in a list, also where the page was reloaded before', async () => {
    const { page } = dashboard;
    await dashboard.open('/');
    await page.locator('nav a[href^="/runs"]').click();
    await dashboard.waitForView('runs');
    await page.reload();
    await dashboard.waitForView('runs');
    await page.mouse.wheel(0, 1_200);
    await expect.poll(() => page.evaluate(() => scrollY), PATIENCE).toBeGreaterThan(1_000);
    await page.evaluate(() => {
      const links = [...document.querySelectorAll<HTMLElement>('[data-testid="run-row"] a')];
      links.find((link) => link.getBoundingClientRect().top > 200)?.click();
    });
    await dashboard.waitForView('run');
    await page.goBack();
    await dashboard.waitForView('runs');
    await expect.poll(() => page.evaluate(() => scrollY), PATIENCE).toBeGreaterThan(1_000);
  });

  test('a run shows its blocks, its raw event, and leads to the runs beside it', async () => {
    const { page } = dashboard;
    await dashboard.open('/runs/run-13');
    expect(await page.getByTestId('block-row').count()).toBe(2);
    expect(await page.getByTestId('raw-event').innerText()).toContain('"event-of-run-13"');
    expect(await page.getByTestId('previous-run').getAttribute('data-run-id')).toBe('run-20');
    await page.getByTestId('next-run').click();
    await expect.poll(() => page.url()).toContain('/runs/run-6');
    await dashboard.waitForView('run');
  });

  test('a run with many blocks shows the first hundred, and the others on request', async () => {
    const blocks = Array.from({ length: 230 }, (_, index) => ({
      type: 'endpointBlock',
      blockName: `Block ${index}`,
      apiCalls: index,
    }));
    await client.ingest(toRun(5_000, { id: 'many-blocks', status: 'failed', blocks }));
    await dashboard.open('/runs/many-blocks');
    const { page } = dashboard;
    expect(await page.getByTestId('verdict').innerText()).toContain('“Block 229”, number 230 of 230');
    for (const count of [100, 200]) {
      await expect.poll(() => page.getByTestId('block-row').count(), PATIENCE).toBe(count);
      await page.getByTestId('more-blocks').click();
    }
    await expect.poll(() => page.getByTestId('block-row').count(), PATIENCE).toBe(230);
    expect(await page.getByTestId('more-blocks').count()).toBe(0);
  });

  test('the numbers of the overview lead to lists with the same numbers', async () => {
    await dashboard.open('/');
    const count = await dashboard.value('failure-count');
    await dashboard.page.getByTestId('failure-count').click();
    await dashboard.waitForView('runs');
    await expect.poll(() => dashboard.value('total'), PATIENCE).toBe(count);
  });

  test('a run, a view or a filter without anything says so', async () => {
    await dashboard.open('/runs/none', 'not-found');
    expect((await dashboard.view()).name).toBe('run');
    await dashboard.open('/nothing/here', 'not-found');
    expect((await dashboard.view()).name).toBe('not-found');
    await dashboard.open('/runs?title=nothing+has+this+title', 'empty');
  });

  test('a refusal of the API is shown with its code', async () => {
    await dashboard.page.route('**/graphql', (route) =>
      route.fulfill({ json: { errors: [{ message: 'Too much.', extensions: { code: 'COST_LIMIT' } }] } }),
    );
    await dashboard.open('/runs', 'error');
    expect(await dashboard.page.getByTestId('error').first().getAttribute('data-code')).toBe('COST_LIMIT');
    await dashboard.page.unrouteAll();
  });

  test('the zone changes how times are shown, and is in the address', async () => {
    await dashboard.open('/runs/run-13');
    const [before] = await dashboard.page.locator('.facts').allInnerTexts();
    await dashboard.page.getByTestId('zone').selectOption('Asia/Tokyo');
    await expect.poll(() => dashboard.page.url()).toContain('zone=Asia/Tokyo');
    await expect
      .poll(async () => (await dashboard.page.locator('.facts').allInnerTexts())[0])
      .not.toBe(before);
  });

  test('the keyboard leads from the first page to a failed run', async () => {
    const { page } = dashboard;
    await dashboard.open('/');
    await page.getByTestId('automation-tile').first().waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await dashboard.waitForView('runs');
    expect((await dashboard.view()).where).toMatchObject({ outcome: { eq: 'FAILURE' } });
    const focused = () => page.evaluate('document.activeElement.closest("[role=row]")?.ariaRowIndex');
    await expect.poll(focused, PATIENCE).toBe('2');
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toBe('3');
    await page.keyboard.press('Enter');
    await dashboard.waitForView('run');
    expect(await page.getByTestId('verdict').innerText()).toContain('Failed');
  });
});
