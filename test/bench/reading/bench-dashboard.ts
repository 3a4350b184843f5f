import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../support/processes/browser.ts';
import { PROGRAMS } from '../../support/processes/debian-programs.ts';
import { startService } from '../contender.ts';
import { post } from '../post.ts';
import type { BenchPostgres } from '../start-postgres.ts';
import { printTable, toText } from '../table.ts';
import { fillTenants, toPlan } from '../tenants.ts';

const VISITS = 5;
const TENANT = 'dashboard';

/** The views that a person starts from, and an element of each that shows data. */
const VIEWS: readonly (readonly [path: string, firstData: string])[] = [
  ['/', '[data-testid="run-count"]'],
  ['/runs', '[data-testid="run-row"]'],
  ['/runs/:newest', '[data-testid="block-row"]'],
  ['/automations', '[data-testid="automation-row"]'],
  ['/apps', '[data-testid="app-row"]'],
  ['/usage', '.top li'],
  ['/health/live', 'body'],
];

/**
 * The time from a navigation to the first data on screen and to the whole view, on a tenant of
 * 100,000 runs up to today: in a new browser profile, which has neither the files nor a process for
 * the page, and again in the same one. The health check is the least that a navigation costs.
 */
export async function benchDashboard({ url }: BenchPostgres): Promise<void> {
  const midnight = new Date().setUTCHours(0, 0, 0, 0);
  await fillTenants(url, [toPlan(TENANT, 100_000, { until: midnight })]);
  const service = await startService('service', url);
  const browser = await launchBrowser(PROGRAMS.chromium.path);
  try {
    const { origin } = new URL(service.url);
    const newest = await readNewestRun(service.url);
    const rows: string[][] = [];
    for (const [path, firstData] of VIEWS) {
      const address = `${origin}${path.replace(':newest', newest)}?tenant=${TENANT}`;
      // The first visit warms the caches of the database and of the service.
      await visit(browser, address, firstData);
      const visits: number[][] = [];
      for (let i = 0; i < VISITS; i += 1) visits.push(await visit(browser, address, firstData));
      const medians = [0, 1, 2, 3].map((index) => toMedian(visits.map((times) => times[index] ?? 0)));
      rows.push([path, ...medians.map(toText)]);
    }
    printTable(
      'First data of the dashboard',
      [
        'view',
        'new profile: first data, ms',
        'whole view, ms',
        'same profile: first data, ms',
        'whole view, ms',
      ],
      rows,
    );
  } finally {
    await browser.close();
    await service.stop();
  }
}

/** Opens an address twice in a new profile. Returns the times to the first data and to the view. */
async function visit(browser: Browser, address: string, firstData: string): Promise<number[]> {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 900 } });
  const page = await context.newPage();
  const times = [];
  for (let navigation = 0; navigation < 2; navigation += 1) {
    await page.goto('about:blank');
    const start = performance.now();
    await page.goto(address, { waitUntil: 'commit' });
    await page.locator(firstData).first().waitFor();
    times.push(performance.now() - start);
    if (firstData !== 'body') await page.locator('[data-view][data-state="ready"]').waitFor();
    times.push(performance.now() - start);
  }
  await context.close();
  return times;
}

async function readNewestRun(url: string): Promise<string> {
  const query = '{ automationRuns(first: 1) { nodes { runId } } }';
  const data = (await post(url, { query }, { 'x-tenant-id': TENANT })) as {
    automationRuns: { nodes: { runId: string }[] };
  };
  return data.automationRuns.nodes[0]?.runId ?? '';
}

function toMedian(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}
