// Writes the pictures of the README to schema/images: the dashboard in light and dark, and GraphiQL
// with an answer, on the data of the demo. Run it after a build with
// `npx tsx test/documents/take-screenshots.ts` when a view or the example operations change.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../support/processes/browser.ts';
import { findFreePort } from '../support/sockets/free-port.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SIZE = { width: 1_280, height: 860 };

const port = await findFreePort();
const env = { ...process.env, PORT: String(port) };
const demo = spawn(process.execPath, ['dist/commands/demo.js'], { cwd: ROOT, env });
const ended = new Promise((resolve) => demo.once('exit', resolve));
try {
  await new Promise<void>((resolve, reject) => {
    demo.stdout.on('data', (text) => String(text).includes('Ready after') && resolve());
    demo.once('exit', (status) => reject(new Error(`The demo ended with ${status}.`)));
  });
  const browser = await launchBrowser('/usr/bin/chromium');
  const url = `http://127.0.0.1:${port}`;
  for (const colorScheme of ['light', 'dark'] as const) await pictureDashboard(browser, url, colorScheme);
  await pictureGraphiql(browser, url);
  await browser.close();
} finally {
  demo.kill();
  await ended;
}

async function pictureDashboard(browser: Browser, url: string, colorScheme: 'light' | 'dark') {
  const page = await browser.newPage({ viewport: SIZE, colorScheme });
  await page.goto(`${url}/?tenant=northwind-retail`);
  await page.locator('[data-view="overview"][data-state="ready"]').waitFor();
  await page.waitForTimeout(3_000);
  await page.screenshot({ path: `${ROOT}/schema/images/dashboard-${colorScheme}.png` });
  await page.close();
}

async function pictureGraphiql(browser: Browser, url: string) {
  const page = await browser.newPage({ viewport: { width: 1_200, height: 720 } });
  await page.goto(`${url}/graphql`);
  await page.locator('.graphiql-tab-button[title="Failures"]').click();
  await page.waitForTimeout(2_000);
  await page.locator('.graphiql-execute-button').click();
  await page.locator('.graphiql-response').filter({ hasText: '"data"' }).waitFor();
  await page.waitForTimeout(1_000);
  await page.screenshot({ path: `${ROOT}/schema/images/graphiql.png` });
  await page.close();
}
