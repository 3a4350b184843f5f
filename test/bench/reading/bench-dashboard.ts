import type { Browser } from 'playwright-core';
import { launchBrowser } from '../../support/processes/browser.ts';
import { PROGRAMS } from '../../support/processes/debian-programs.ts';
import { startService } from '../contender.ts';
import { post } from '../post.ts';
import type { BenchPostgres } from '../start-postgres.ts';
import { printTable, toText } from '../table.ts';
import { fillTenants, toPlan } from '../tenants.ts';

const NAVIGATIONS = 5;
const TENANT = 'dashboard';

/** The views that a person starts from, and an element of each that shows data. */
const VIEWS: readonly (readonly [path: string, firstData: string])[] = [
  ['/', '[data-testid="run-count"]'],
  ['/runs', '[data-testid="run-row"]'],
  ['/runs/:newest', '[data-testid="block-row"]'],
  ['/automations', '[data-testid="automation-row"]'],
  ['/apps', '[data-testid="app-row"]'],
  ['/usage', '.top li'],
];

/**
 * The time from a navigation to the first data on screen and to the whole view, on a tenant of
 * 100,000 runs up to today. Each navigation has a browser profile of its own: nothing is cached.
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
      // The first navigation warms the caches of the database and of the service.
      await navigate(browser, address, firstData);
      const times = [];
      for (let i = 0; i < NAVIGATIONS; i += 1) times.push(await navigate(browser, address, firstData));
      rows.push([
        path,
        toText(toMedian(times.map(([first]) => first))),
        toText(toMedian(times.map(([, all]) => all))),
      ]);
    }
    printTable('First data of the dashboard', ['view', 'first data, ms', 'whole view, ms'], rows);
  } finally {
    await browser.close();
    await service.stop();
  }
}

async function navigate(browser: Browser, address: string, firstData: string): Promise<[number, number]> {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 900 } });
  const page = await context.newPage();
  const start = performance.now();
  await page.goto(address, { waitUntil: 'commit' });
  await page.locator(firstData).first().waitFor();
  const first = performance.now() - start;
  await page.locator('[data-view][data-state="ready"]').waitFor();
  const all = performance.now() - start;
  await context.close();
  return [first, all];
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
