import axe from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeWithProgram } from '../support/processes/programs.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { toAppsWithReloads } from '../support/web/apps.ts';
import { type Dashboard, openBrowser, openDashboard, PATIENCE } from '../support/web/dashboard.ts';
import { TENANT, toRun, toRuns } from '../support/web/runs.ts';

/** The views by their paths. No view comes twice in a row, so each is new when it is shown. */
const PATHS = [
  ...['/', '/runs', '/runs/run-3', '/runs?outcome=FAILURE&title=a', '/nothing'],
  ...[
    '/automations',
    '/automations/automation-3',
    '/apps',
    '/apps/app-0',
    '/usage',
    '/quarantine',
    '/coverage',
  ],
];
const WIDTHS = [360, 768, 1_440, 2_560];

const RECORD_COVERAGE = `mutation ($days: [CoverageDayInput!]!) {
  recordCoverage(input: { days: $days }) { days { date } } }`;
const toDay = (daysAgo: number) => new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 10);

describeWithProgram('The dashboard for everybody', 'chromium', (executablePath) => {
  let service: TestService;
  let browser: Browser;

  beforeAll(async () => {
    service = await startTestService('postgres');
    const client = service.client.as(TENANT);
    await client.ingest(...toRuns(60), ...toAppsWithReloads(10), { ...toRun(1), id: null });
    const day = { tenantId: TENANT, upstreamCount: 1_234 };
    await client.data(RECORD_COVERAGE, {
      days: [0, 2].map((daysAgo) => ({ ...day, date: toDay(daysAgo), storedCount: 1_234 - daysAgo })),
    });
    browser = await openBrowser(executablePath);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await service?.close();
  });

  describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
    test('axe-core finds nothing serious on any view', async () => {
      // The scan of axe-core is a script that the content security policy of the page refuses.
      const dashboard = await openDashboard(browser, service.url, { colorScheme, bypassCSP: true });
      await open(dashboard, '/nothing');
      await dashboard.page.evaluate(axe.source);
      for (const path of PATHS) {
        await show(dashboard, path);
        const serious = (await dashboard.page.evaluate<axe.Result[]>(LIST_VIOLATIONS))
          .filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(({ id, nodes }) => `${path}: ${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
        expect(serious).toEqual([]);
      }
      await dashboard.close();
    });
  });

  test.each(WIDTHS)('no view scrolls sideways on a screen of %i pixels', async (width) => {
    const dashboard = await openDashboard(browser, service.url, { viewport: { width, height: 800 } });
    await open(dashboard, '/nothing');
    for (const path of PATHS) {
      await show(dashboard, path);
      expect(await dashboard.page.evaluate('document.documentElement.scrollWidth'), path).toBe(width);
    }
    expect(dashboard.complaints).toEqual([]);
    await dashboard.close();
  });

  test('the colours follow the switch, and the choice stays after a reload', async () => {
    const dashboard = await openDashboard(browser, service.url, { colorScheme: 'light' });
    await open(dashboard, '/runs');
    const background = () => dashboard.page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await background();
    await dashboard.page.getByTestId('theme').selectOption('dark');
    expect(await background()).not.toBe(light);
    const dark = await background();
    await dashboard.page.reload();
    await dashboard.waitForView('runs');
    expect(await background()).toBe(dark);
    await dashboard.close();
  });

  test('a navigation puts the focus on the heading of the new view', async () => {
    const dashboard = await openDashboard(browser, service.url);
    await open(dashboard, '/');
    await dashboard.page.getByRole('link', { name: 'Runs', exact: true }).click();
    await dashboard.waitForView('runs');
    expect(await dashboard.page.evaluate('document.activeElement.textContent')).toBe('Runs');
    expect(await dashboard.page.title()).toMatch(/^Runs/);
    await dashboard.close();
  });
});

/** What axe-core does with the rules that hold takes longer than the rules. */
const LIST_VIOLATIONS = `axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)`;

const toState = (path: string) => (path === '/nothing' ? 'not-found' : 'ready');
const open = (dashboard: Dashboard, path: string) => dashboard.open(path, toState(path));

/** Shows the view of a path in place of another view, as the link to it does. */
async function show(dashboard: Dashboard, path: string): Promise<void> {
  const { name } = await dashboard.view();
  await dashboard.page.evaluate(`history.pushState({}, '', ${JSON.stringify(path)});
    dispatchEvent(new PopStateEvent('popstate', { state: {} }))`);
  await expect
    .poll(async () => {
      const shown = await dashboard.view();
      return shown.name !== name && shown.state;
    }, PATIENCE)
    .toBe(toState(path));
}
