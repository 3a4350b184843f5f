// Writes the README's picture, schema/images/graphiql.png: GraphiQL with an answer, on the example
// events. Run it with `npx tsx test/documents/take-screenshot.ts` when GraphiQL or the example
// operations change.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { parseConfig } from '../../src/config.ts';
import { startService } from '../../src/server.ts';
import { GraphqlClient } from '../support/clients/graphql-client.ts';
import { EXAMPLES, readExample } from '../support/events/events.ts';
import { launchBrowser } from '../support/processes/browser.ts';

const path = fileURLToPath(new URL('../../schema/images/graphiql.png', import.meta.url));

const dataDir = await mkdtemp(join(tmpdir(), 'screenshot-'));
const service = await startService(parseConfig({ PORT: '0', DATA_DIR: dataDir }), pino({ level: 'silent' }));
const browser = await launchBrowser('/usr/bin/chromium');
await new GraphqlClient(service.url).ingest(...EXAMPLES.map(readExample));
const page = await browser.newPage({ viewport: { width: 1200, height: 720 } });
await page.goto(`${service.url}/graphql`);
await page.locator('.graphiql-tab-button[title="Runs"]').click();
await page.waitForTimeout(2_000);
await page.locator('.graphiql-execute-button').click();
await page.waitForFunction("document.querySelector('.graphiql-response')?.textContent.includes('FAILURE')");
await page.waitForTimeout(1_000);
await page.screenshot({ path });
await browser.close();
await service.close();
await rm(dataDir, { recursive: true });
