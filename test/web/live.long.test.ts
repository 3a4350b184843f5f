import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/databases/databases.ts';
import { SECRET, toToken } from '../support/identity/tokens.ts';
import { describeWithProgram } from '../support/processes/programs.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { findFreePort } from '../support/sockets/free-port.ts';
import { type Dashboard, openBrowser, openDashboard, PATIENCE } from '../support/web/dashboard.ts';
import { TENANT, toRun, toRuns } from '../support/web/runs.ts';

describeWithProgram('Live rows of the dashboard', 'chromium', (executablePath) => {
  let database: TestDatabase;
  let service: TestService;
  let browser: Browser;
  let dashboard: Dashboard;
  let settings: Record<string, string>;

  beforeAll(async () => {
    database = await createTestDatabase('postgres');
    settings = { PORT: String(await findFreePort()) };
    service = await startTestService('postgres', settings, database);
    browser = await openBrowser(executablePath);
    dashboard = await openDashboard(browser, service.url);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await service?.close();
    await database?.drop();
  });
  const isLive = () =>
    expect
      .poll(() => dashboard.page.getByTestId('live-state').getAttribute('data-state'), PATIENCE)
      .toBe('live');

  test('a service without events waits for the first one, which then appears', async () => {
    await dashboard.open('/runs', 'empty');
    await isLive();
    await service.client.ingest(...toRuns(30));
    await dashboard.waitForView('runs');
    expect(await dashboard.runIds()).toHaveLength(30);
  });

  test('a run appears on top within a second of its ingest, is announced and counted', async () => {
    await dashboard.open('/runs');
    await isLive();
    const shown = dashboard.page.locator('[data-run-id="live-1"]').waitFor();
    const start = performance.now();
    await service.client.ingest(toRun(-1, { id: 'live-1' }));
    await shown;
    expect(performance.now() - start).toBeLessThan(1_000);
    expect((await dashboard.runIds())[0]).toBe('live-1');
    expect(await dashboard.page.getByTestId('new-rows').innerText()).toBe('1 new');
    await expect.poll(() => dashboard.value('total'), PATIENCE).toBe(31);
  });

  test('rows do not move under the pointer: they wait behind their announcement', async () => {
    await dashboard.open('/runs');
    await isLive();
    const before = await dashboard.runIds();
    await dashboard.page.getByTestId('run-row').nth(3).hover();
    await service.client.ingest(toRun(-2, { id: 'live-2' }), toRun(-3, { id: 'live-3' }));
    const announcement = dashboard.page.getByTestId('new-rows');
    await expect.poll(() => announcement.textContent({ timeout: 10_000 }), PATIENCE).toBe('2 new');
    expect(await dashboard.runIds()).toEqual(before);
    await announcement.click();
    await expect
      .poll(async () => (await dashboard.runIds()).slice(0, 2), PATIENCE)
      .toEqual(['live-3', 'live-2']);
    expect(await announcement.count()).toBe(0);
  });

  test('runs that do not match the filter do not appear', async () => {
    await dashboard.open('/runs?outcome=FAILURE');
    await isLive();
    await service.client.ingest(
      toRun(-4, { id: 'live-4', status: 'finished' }),
      toRun(-5, { id: 'live-5', status: 'failed' }),
    );
    await dashboard.page.locator('[data-run-id="live-5"]').waitFor();
    expect(await dashboard.runIds()).not.toContain('live-4');
  });

  test('after a restart of the server with 50 runs in between, each of them is shown once', async () => {
    await dashboard.page.mouse.move(5, 5);
    await dashboard.open('/runs');
    await isLive();
    await service.client.ingest(toRun(-9, { id: 'before' }));
    await dashboard.page.locator('[data-run-id="before"]').waitFor();
    await service.close();
    await expect
      .poll(() => dashboard.page.getByTestId('live-state').getAttribute('data-state'), PATIENCE)
      .toBe('reconnecting');
    service = await startTestService('postgres', settings, database);
    const missed = Array.from({ length: 50 }, (_, number) => `missed-${number}`);
    await service.client.ingest(...missed.map((id, number) => toRun(-10 - number, { id })));
    await isLive();
    await expect
      .poll(() => dashboard.page.getByTestId('new-rows').getAttribute('data-value'), PATIENCE)
      .toBe('51');
    const seen: string[] = [];
    const collect = async () => {
      for (const id of await dashboard.runIds()) if (!seen.includes(id)) seen.push(id);
      await dashboard.page.mouse.wheel(0, 300);
      return seen.filter((id) => id.startsWith('missed-')).length;
    };
    await expect.poll(collect, PATIENCE).toBe(50);
    const ids = await dashboard.runIds();
    expect(new Set(ids).size).toBe(ids.length);
    await expect.poll(() => dashboard.value('total'), PATIENCE).toBe(30 + 5 + 1 + 50);
  });

  test('the overview follows events: the ticker at once, the numbers after the next read', async () => {
    await dashboard.open('/');
    await isLive();
    const count = await dashboard.value('run-count');
    const run = toRun(0, { id: 'live-9', title: 'The newest run' });
    await service.client.ingest(Object.assign(run, { id: 'event-live-9' }));
    await dashboard.page.getByTestId('ticker').getByText('The newest run').waitFor();
    await expect.poll(() => dashboard.value('run-count'), PATIENCE).toBe(count + 1);
  });

  test('without a network the page says that it is offline, and continues when the network is back', async () => {
    const { page } = dashboard;
    await dashboard.open('/runs');
    await isLive();
    await page.context().setOffline(true);
    await service.close();
    await expect
      .poll(() => page.getByTestId('live-state').getAttribute('data-state'), PATIENCE)
      .toBe('offline');
    expect(await page.getByTestId('offline').innerText()).toContain('Offline');
    expect((await dashboard.runIds()).length).toBeGreaterThan(10);
    service = await startTestService('postgres', settings, database);
    await service.client.ingest(toRun(-99, { id: 'while-offline' }));
    await page.context().setOffline(false);
    await isLive();
    await page.locator('[data-run-id="while-offline"]').waitFor();
  });

  test('a caller of several tenants is asked for one, and can change it', async () => {
    const { page } = dashboard;
    await service.client.ingest(
      Object.assign(toRun(3, { id: 'other-run' }), { id: 'other', tenantid: 'other' }),
    );
    await dashboard.open('/runs');
    expect((await dashboard.view()).name).toBe('tenants');
    await page.locator('[data-tenant=other]').click();
    await dashboard.waitForView('runs');
    expect(page.url()).toContain('tenant=other');
    expect(await dashboard.runIds()).toEqual(['other-run']);
    await page.getByTestId('tenant').selectOption(TENANT);
    await expect.poll(async () => (await dashboard.runIds()).length, PATIENCE).toBeGreaterThan(20);
    await page.getByTestId('run-row').first().locator('a').click();
    await dashboard.waitForView('run');
    expect(page.url()).toContain(`tenant=${TENANT}`);
    expect(dashboard.complaints).toEqual([]);
  });

  test('a server with tokens shows the sign-in form; the token stays in the tab and out of the address', async () => {
    await service.close();
    const secured = { ...settings, AUTH_JWT_SECRET: SECRET };
    service = await startTestService('postgres', secured, database);
    const { page } = dashboard;
    await dashboard.open('/runs');
    expect((await dashboard.view()).name).toBe('sign-in');
    await page.getByLabel('Token').fill('not-a-token');
    await page.keyboard.press('Enter');
    await dashboard.waitForView('sign-in', 'error');
    const token = await toToken({ tenantId: TENANT });
    await page.getByLabel('Token').fill(token);
    await page.keyboard.press('Enter');
    await dashboard.waitForView('runs');
    await isLive();
    expect(page.url()).not.toContain(token);
    expect(await page.evaluate('JSON.stringify({ ...localStorage })')).not.toContain(token);
    await page.reload();
    await dashboard.waitForView('runs');
    await page.getByTestId('sign-out').click();
    await dashboard.waitForView('sign-in');
    expect(await page.evaluate('JSON.stringify({ ...sessionStorage })')).not.toContain(token);
  });

  test('the page works on a server that executes only stored documents', async () => {
    await service.close();
    service = await startTestService('postgres', { ...settings, PERSISTED_ONLY: 'true' }, database);
    for (const path of ['/', '/runs', '/runs/run-3']) {
      await dashboard.open(`${path}?tenant=${TENANT}`);
      await isLive();
    }
    const { errors } = await service.client.as(TENANT).request('{ viewer { tenantId } }');
    expect(errors?.[0].extensions.code).toBe('PERSISTED_ONLY');
    expect(dashboard.complaints).toEqual([]);
  });
});
