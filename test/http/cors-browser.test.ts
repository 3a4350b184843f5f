import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runEvent } from '../support/events/events.ts';
import { launchBrowser } from '../support/processes/browser.ts';
import { describeWithProgram } from '../support/processes/programs.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const SECRET = 'tenant-of-somebody-else';

describeWithProgram('a web page in Chromium', 'chromium', (path) => {
  let browser: Browser;
  let pages: Server;
  let listed: string;
  let service: TestService;

  beforeAll(async () => {
    browser = await launchBrowser(path);
    pages = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<iframe sandbox="allow-scripts" srcdoc="<p>sandboxed</p>"></iframe>');
    });
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
    listed = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
    service = await startTestService('postgres', {
      CORS_ORIGINS: `${listed}, https://dashboards.example.com`,
    });
    await service.client.ingest(runEvent(SECRET));
  });
  afterAll(async () => {
    await browser.close();
    await service.close();
    await new Promise((resolve) => pages.close(resolve));
  });

  /**
   * What a script in this page or frame gets as the answer; 'nothing' where the browser keeps it
   * from the script.
   */
  const ask = (where: Page | Frame, query: string, contentType = 'application/json'): Promise<string> =>
    where.evaluate(
      async ([url, body, type]) => {
        try {
          const headers = { 'content-type': type };
          return await (await fetch(`${url}/graphql`, { method: 'POST', headers, body })).text();
        } catch {
          return 'nothing';
        }
      },
      [service.url, JSON.stringify({ query }), contentType] as const,
    );

  const countEvents = async () =>
    (await service.client.as(SECRET).data('{ events { totalCount } }')).events.totalCount;

  test('of a listed origin reads', async () => {
    const page = await browser.newPage();
    await page.goto(listed);
    expect(await ask(page, '{ viewer { tenantId } }')).toContain(SECRET);
    await page.close();
  });

  test('in a sandboxed frame, whose origin is null, neither reads nor writes', async () => {
    const page = await browser.newPage();
    await page.goto(listed);
    const frame = page.frames()[1];
    if (frame === undefined) throw new Error('The page has no frame.');
    await frame.waitForSelector('p');
    expect(await frame.evaluate(() => self.origin)).toBe('null');
    const before = await countEvents();
    const event = JSON.stringify(JSON.stringify(runEvent(SECRET)));
    const write = `mutation { ingestEvents(input: { events: [${event}] }) { stored } }`;
    for (const query of ['{ viewer { tenantId } }', write]) {
      for (const type of ['application/json', 'text/plain']) {
        expect(await ask(frame, query, type), `${type}: ${query}`).toBe('nothing');
      }
    }
    expect(await countEvents()).toBe(before);
    await page.close();
  });

  test('of another site reads nothing', async () => {
    const page = await browser.newPage();
    // The same server under another name is another origin.
    await page.goto(listed.replace('127.0.0.1', 'localhost'));
    expect(await ask(page, '{ viewer { tenantId } }')).toBe('nothing');
    await page.close();
  });
});
