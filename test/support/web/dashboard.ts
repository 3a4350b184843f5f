import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import { launchBrowser } from '../processes/browser.ts';

/** A page of the dashboard, and all that it complained about. */
export interface Dashboard {
  page: Page;
  /** Thrown errors, console errors, and requests to other hosts. */
  complaints: string[];
  /** Opens a path, and waits until the view has its data. */
  open(path: string, state?: string): Promise<void>;
  /** Returns what the view's root says. */
  view(): Promise<{ name: string; state: string; where: unknown }>;
  /** Waits for a state of the view. */
  waitForView(name: string, state?: string): Promise<void>;
  /** Returns the exact number of an element. */
  value(testId: string): Promise<number>;
  runIds(): Promise<string[]>;
  close(): Promise<void>;
}

/** The longest wait for something on the page; the machine of a test may be busy. */
export const PATIENCE = { timeout: 20_000, interval: 50 };

/** What the browser itself says about a server that is away, or that demands a token. */
const EXPECTED =
  /ERR_CONNECTION_REFUSED|WebSocket connection|status of (?:401|503)|ERR_EMPTY_RESPONSE|ERR_INTERNET_DISCONNECTED/;

/** Starts a browser for a suite. */
export const openBrowser = launchBrowser;

/** Opens a page of its own: its storage is empty. */
export async function openDashboard(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Dashboard> {
  const context = await browser.newContext({ viewport: { width: 1_280, height: 900 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => void complaints.push(String(error)));
  page.on('console', (message) => {
    const text = message.text();
    if (['error', 'warning'].includes(message.type()) && !EXPECTED.test(text)) complaints.push(text);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(`${url}/`)) complaints.push(`a request to ${request.url()}`);
  });
  const root = page.locator('[data-view]').first();
  const waitForView = async (name: string, state = 'ready') => {
    await expect
      .poll(
        async () => [await root.getAttribute('data-view'), await root.getAttribute('data-state')].join(' '),
        PATIENCE,
      )
      .toBe(`${name} ${state}`);
  };
  return {
    page,
    complaints,
    waitForView,
    async open(path, state = 'ready') {
      await page.goto(`${url}${path}`);
      await expect.poll(() => root.getAttribute('data-state'), PATIENCE).toBe(state);
    },
    async view() {
      const [name, state, where] = await Promise.all(
        ['data-view', 'data-state', 'data-where'].map((attribute) => root.getAttribute(attribute)),
      );
      return { name: name ?? '', state: state ?? '', where: JSON.parse(where ?? 'null') };
    },
    value: async (testId) => Number(await page.getByTestId(testId).first().getAttribute('data-value')),
    runIds: () =>
      page
        .getByTestId('run-row')
        .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-run-id') ?? '')),
    close: () => context.close(),
  };
}
