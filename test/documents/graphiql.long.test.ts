import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/databases/databases.ts';
import { EXAMPLES, readExample, runEvent } from '../support/events/events.ts';
import { SECRET, toToken } from '../support/identity/tokens.ts';
import { launchBrowser } from '../support/processes/browser.ts';
import { describeWithProgram } from '../support/processes/programs.ts';
import { WITHOUT_BUILDS } from '../support/processes/start-arguments.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { findFreePort } from '../support/sockets/free-port.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RUN_TENANT = '00000000-0000-0000-0000-000000000000';
const TABS = ['Failures', 'Durations', 'Connectors', 'AppHistory', 'Live', 'Runs', 'Quarantine', 'Ingest'];
const POLL = { timeout: 30_000, interval: 50 };

/** One browser for the file. Each page has a profile of its own. */
let launched: Promise<Browser> | undefined;
const openPage = async (executablePath: string): Promise<Page> => {
  launched ??= launchBrowser(executablePath);
  return (await launched).newPage({ viewport: { width: 1400, height: 900 } });
};
afterAll(async () => (await launched)?.close());

/** Waits for timers of the page, one after the other, which also run in order on a busy machine. */
const passInPage = (page: Page, ...milliseconds: number[]) =>
  page.evaluate(`(async () => {
    for (const ms of ${JSON.stringify(milliseconds)}) await new Promise((resolve) => setTimeout(resolve, ms));
  })()`);

/** GraphiQL reads the operations of a changed text after 100 ms. */
const passReading = (page: Page) => passInPage(page, 150);

/** GraphiQL reads a changed text after 100 ms, and stores its tabs half a second after that. */
const passStoring = (page: Page) => passInPage(page, 150, 600);

/** Notes in `checks` of the page which editors the workers have checked. */
const NOTE_CHECKS = `{
  const { editor, languages } = __MONACO;
  const { setModelMarkers } = editor;
  const { jsonDefaults } = languages.json;
  const setDiagnosticsOptions = jsonDefaults.setDiagnosticsOptions.bind(jsonDefaults);
  globalThis.checks = {};
  // The worker for GraphQL checks the operation, and makes a JSON Schema of its variables. The
  // worker for JSON then checks the variables.
  jsonDefaults.setDiagnosticsOptions = (options) => {
    setDiagnosticsOptions(options);
    checks.schema = true;
  };
  editor.setModelMarkers = (model, owner, markers) => {
    setModelMarkers(model, owner, markers);
    if (owner === 'graphql') checks.operation = true;
    if (checks.schema && model.uri.path.endsWith('variables.json')) checks.variables = true;
  };
}`;

describeWithProgram('GraphiQL in a browser', 'chromium', (executablePath) => {
  let service: TestService;
  let database: TestDatabase;
  let port: string;
  let page: Page;
  /**
   * What the page complained of: scripts that threw, and what its content security policy refused.
   */
  const complaints: string[] = [];
  const requested: string[] = [];

  beforeAll(async () => {
    database = await createTestDatabase('postgres');
    port = String(await findFreePort());
    service = await startTestService('postgres', { PORT: port }, database);
    page = await openPage(executablePath);
    page.on('pageerror', (error) => void complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('request', (request) => void requested.push(request.url()));
    await page.goto(`${service.url}/graphql`);
    await page.waitForSelector('.graphiql-execute-button');
    await page.waitForFunction('globalThis.__MONACO?.editor.getModels().length >= 4');
  }, 120_000);
  afterAll(async () => {
    await page?.close();
    await service?.close();
    await database?.drop();
  });

  /**
   * The text of an editor: operation, variables, request-headers or response. Monaco shows only a
   * part of it.
   */
  const text = (editor: string): Promise<string> =>
    page.evaluate(
      `__MONACO?.editor.getModels().find(({ uri }) => uri.path.endsWith(${JSON.stringify(editor)} + '.json')
        || uri.path.endsWith(${JSON.stringify(editor)} + '.graphql'))?.getValue() ?? ''`,
    );
  const marks = (): Promise<string[]> =>
    page.evaluate('__MONACO.editor.getModelMarkers({}).map(({ message }) => message)');
  const openTab = async (name: string) => {
    await page.locator(`.graphiql-tab-button[title="${name}"]`).click();
    await expect
      .poll(() => text('operation'), POLL)
      .toMatch(new RegExp(`(query|mutation|subscription) ${name}\\b`));
    await passReading(page);
  };
  const run = async (name: string) => {
    await page.locator('.graphiql-execute-button').click();
    const choice = page.getByRole('menuitem', { name, exact: true });
    if (await choice.isVisible()) await choice.click();
  };

  test('each tab opens with a click, has nothing underlined in red, and is answered', async () => {
    await service.client.ingest(...EXAMPLES.map(readExample));
    await page.waitForFunction('__MONACO.languages.graphql.api.schemas?.length > 0');
    await page.evaluate(NOTE_CHECKS);
    // The first tab is in front, and is opened again after the others.
    const [first = '', ...others] = TABS;
    for (const name of [...others, first]) {
      await page.evaluate('checks = {}');
      await openTab(name);
      await expect
        .poll(() => page.evaluate('checks'), POLL)
        .toEqual({ operation: true, schema: true, variables: true });
      expect(await marks(), name).toEqual([]);
      if (name === 'Live') continue;
      await run(name);
      await expect.poll(() => text('response'), POLL).toContain('"data"');
      expect(JSON.parse(await text('response')), name).toEqual({
        data: expect.anything(),
        extensions: { cost: expect.anything() },
      });
    }
  }, 120_000);

  test('variables that do not fit are still underlined', async () => {
    await openTab('Ingest');
    await page.evaluate(`__MONACO.editor.getModels().find(({ uri }) => uri.path.endsWith('variables.json'))
      .setValue('{ "events": [null, 1, [], {}], "other": 1 }')`);
    await expect.poll(marks, POLL).toHaveLength(2);
  }, 60_000);

  test('the Live tab shows the run that its comment tells how to send, and the runs after a restart', async () => {
    await openTab('Live');
    await page.evaluate(`__MONACO.editor.getModels().find(({ uri }) => uri.path.endsWith('variables.json'))
      .setValue('{ "after": "bG9nOjA6RXJrM2ZMNS0" }')`);
    await run('Live');
    await expect.poll(() => text('response'), POLL).toContain('"automationRunEnded"');
    const [, command = ''] = /^#\s+(sed .*)$/m.exec(await text('operation')) ?? [];
    const { PATH, HOME } = process.env;
    const child = spawn('sh', ['-c', command], {
      cwd: ROOT,
      env: { PATH, HOME, PORT: port, ...WITHOUT_BUILDS },
      stdio: 'ignore',
    });
    const status = new Promise((resolve) => child.once('close', resolve));
    expect(await status).toBe(0);
    await expect.poll(() => text('response'), POLL).toContain('-9b0b-11ec-b199-8323e1031c3e');
    await expect.poll(() => text('response'), POLL).not.toContain('"d452d100-');
    await service.close();
    const refusals = () => complaints.filter((complaint) => complaint.includes('ERR_CONNECTION_REFUSED'));
    await expect.poll(refusals, POLL).toHaveLength(2);
    service = await startTestService('postgres', { PORT: port }, database);
    await service.client.ingest(runEvent(RUN_TENANT, { id: 'after-the-restart', status: 'failed' }));
    await expect.poll(() => text('response'), POLL).toContain('after-the-restart');
  }, 180_000);

  test('a new tab is empty, and after a reload every tab has the texts that it had', async () => {
    await page.locator('.graphiql-tab-add').click();
    await expect.poll(() => text('operation'), POLL).toBe('');
    expect(await text('variables')).toBe('');
    await openTab('Runs');
    await passStoring(page);
    const before = await page.locator('.graphiql-tab-button').allTextContents();
    for (const round of [1, 2]) {
      await page.reload();
      await page.waitForSelector('.graphiql-execute-button');
      await expect.poll(() => text('operation'), POLL).toContain('query Runs');
      expect(await page.locator('.graphiql-tab-button').allTextContents(), `reload ${round}`).toEqual(before);
      expect([await text('variables'), await text('request-headers')]).toEqual([
        '',
        expect.stringContaining(RUN_TENANT),
      ]);
    }
  }, 120_000);

  test('a second load takes nothing but the page from the server', async () => {
    const transferred: [string, number][] = await page.evaluate(
      "performance.getEntriesByType('resource').filter(({ name }) => name.includes('/graphiql/')).map(({ name, transferSize }) => [name, transferSize])",
    );
    expect(transferred.length).toBeGreaterThanOrEqual(4);
    expect(transferred.filter(([, size]) => size > 0)).toEqual([]);
  });

  test('the page asks no other host, and its content security policy refuses nothing that it needs', () => {
    expect(requested.filter((url) => !url.startsWith(service.url) && !url.startsWith('data:'))).toEqual([]);
    expect(
      complaints.filter((complaint) => !/WebSocket connection|ERR_CONNECTION_REFUSED/.test(complaint)),
    ).toEqual([]);
  });
});

describeWithProgram('GraphiQL of a server with tokens', 'chromium', (executablePath) => {
  test('takes a token in its headers for queries and the Live tab, and stores it nowhere', async () => {
    const settings = { AUTH_JWT_SECRET: SECRET, GRAPHIQL: 'on', INTROSPECTION: 'on' };
    const service = await startTestService('postgres', settings);
    const page = await openPage(executablePath);
    try {
      const token = await toToken({ tenantId: RUN_TENANT });
      const client = service.client.with(token);
      await client.ingest(runEvent(RUN_TENANT, { title: 'a run of the token' }));
      await page.goto(`${service.url}/graphql`);
      await page.waitForSelector('.graphiql-execute-button');
      const modelOf = (editor: string) =>
        `__MONACO?.editor.getModels().find(({ uri }) => uri.path.includes('${editor}'))`;
      const response = (): Promise<string> => page.evaluate(`${modelOf('response')}?.getValue() ?? ''`);
      const open = async (name: string) => {
        await page.locator(`.graphiql-tab-button[title="${name}"]`).click();
        await expect
          .poll(() => page.evaluate(`${modelOf('operation')}?.getValue() ?? ''`), POLL)
          .toContain(` ${name}`);
        await passReading(page);
        const headers: string = await page.evaluate(`${modelOf('request-headers')}.getValue()`);
        expect(JSON.parse(headers)).toEqual({ authorization: 'Bearer ' });
      };
      const setToken = (text: string) =>
        page.evaluate(
          `${modelOf('request-headers')}.setValue(JSON.stringify({ authorization: 'Bearer ${text}' }))`,
        );
      const run = () => page.locator('.graphiql-execute-button').click();
      await open('Runs');
      await run();
      await expect.poll(response, POLL).toContain('UNAUTHENTICATED');
      await setToken(token);
      await run();
      await expect.poll(response, POLL).toContain('a run of the token');
      await open('Live');
      await setToken(token);
      await run();
      await expect
        .poll(async () => {
          await client.ingest(runEvent(RUN_TENANT, { title: 'a later run' }));
          return response();
        }, POLL)
        .toContain('automationRunEnded');
      const stored = () => page.evaluate<string>('JSON.stringify({ ...localStorage })');
      await page.evaluate(`${modelOf('operation')}.setValue('# changed after the token')`);
      await expect.poll(stored, POLL).toMatch(/tabState.*# changed after the token/);
      await passStoring(page);
      expect(await stored()).not.toContain(token);
    } finally {
      await page.close();
      await service.close();
    }
  }, 120_000);
});

describeWithProgram('GraphiQL of a server with several tenants', 'chromium', (executablePath) => {
  test('names one of them in its headers, and shows the failures of the last seven days', async () => {
    const service = await startTestService('postgres');
    const page = await openPage(executablePath);
    try {
      const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
      const failed = (title: string, days: number) =>
        runEvent('a "quoted" one', { title, status: 'failed', startTime: daysAgo(days) });
      await service.client.ingest(
        failed('a failure of today', 0),
        failed('a failure of old', 8),
        runEvent('z'),
      );
      await page.goto(`${service.url}/graphql`);
      await page.waitForSelector('.graphiql-execute-button');
      const text = (editor: string): Promise<string> =>
        page.evaluate(
          `__MONACO?.editor.getModels().find(({ uri }) => uri.path.includes('${editor}'))?.getValue() ?? ''`,
        );
      await expect.poll(() => text('operation'), POLL).toContain('query Failures');
      await expect.poll(() => text('request-headers'), POLL).toContain('quoted');
      expect(JSON.parse(await text('request-headers'))).toEqual({ 'x-tenant-id': 'a "quoted" one' });
      await page.locator('.graphiql-execute-button').click();
      await expect.poll(() => text('response'), POLL).toContain('a failure of today');
      expect(await text('response')).not.toContain('a failure of old');
    } finally {
      await page.close();
      await service.close();
    }
  }, 120_000);

  test('shows the tabs of the first load at the second, where nothing was edited', async () => {
    const service = await startTestService('postgres');
    const page = await openPage(executablePath);
    try {
      await service.client.ingest(runEvent('tenant'));
      for (let load = 1; load <= 3; load += 1) {
        await page.goto(`${service.url}/graphql`);
        await page.waitForSelector('.graphiql-execute-button');
        await passStoring(page);
        expect(await page.locator('.graphiql-tab-button').allInnerTexts(), `load ${load}`).toEqual(TABS);
      }
    } finally {
      await page.close();
      await service.close();
    }
  }, 120_000);

  test('replaces a tenant that it filled in where another server answers at the address later', async () => {
    const port = String(await findFreePort());
    const page = await openPage(executablePath);
    /** Opens the page of a server with one tenant, and returns the headers of the tab in front. */
    const readHeaders = async (tenantId: string) => {
      const service = await startTestService('postgres', { PORT: port });
      try {
        await service.client.ingest(runEvent(tenantId));
        await page.goto(`${service.url}/graphql`);
        await page.waitForSelector('.graphiql-execute-button');
        const headers = `__MONACO?.editor.getModels().find(({ uri }) => uri.path.includes('request-headers'))?.getValue()`;
        await expect.poll(() => page.evaluate(headers), POLL).toContain('x-tenant-id');
        const tabs = await page.locator('.graphiql-tab-button').allInnerTexts();
        await passStoring(page);
        return { headers: JSON.parse(await page.evaluate(headers)), tabs };
      } finally {
        await service.close();
      }
    };
    try {
      const first = await readHeaders('tenant-of-the-first');
      expect(first.headers).toEqual({ 'x-tenant-id': 'tenant-of-the-first' });
      expect(await readHeaders('tenant-of-the-second')).toEqual({
        headers: { 'x-tenant-id': 'tenant-of-the-second' },
        tabs: first.tabs,
      });
      await page.evaluate(`__MONACO.editor.getModels().find(({ uri }) => uri.path.includes('request-headers'))
        .setValue('{ "x-tenant-id": "chosen" }')`);
      await passStoring(page);
      expect((await readHeaders('tenant-of-the-third')).headers).toEqual({ 'x-tenant-id': 'chosen' });
    } finally {
      await page.close();
    }
  }, 120_000);
});
