import { createHmac } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { expect } from 'vitest';
import { parseRelaySettings } from '../../../src/relay/relay-settings.ts';
import { startRelay } from '../../../src/relay/start-relay.ts';
import { runEvent } from '../events/events.ts';
import { ServerProcess } from '../processes/server-process.ts';
import { onTestEnd } from '../run/concurrent-test.ts';
import { waitUntil } from '../wait-until.ts';

export const WEBHOOK_SECRET = 'secret-of-the-webhook-4711';
export const INGEST_TOKEN = 'token-of-the-relay-4712';
/** Every event of these tests contains it. No log line may. */
export const CANARY = 'payload-canary-4713';

const PROGRAM = fileURLToPath(new URL('../../../dist/commands/relay.js', import.meta.url));

/** The settings of a relay under test. */
function toSettings(directory: string, settings: Record<string, string | undefined>) {
  return {
    RELAY_PORT: '0',
    QLIK_WEBHOOK_SECRETS: WEBHOOK_SECRET,
    API_URL: 'http://127.0.0.1:1',
    INGEST_TOKEN,
    SPOOL_DIR: directory,
    LOG_LEVEL: 'trace',
    ...settings,
  };
}

/** Expects that an output contains no secret, no token and no payload. */
export function expectNoSecrets(output: string): void {
  for (const secret of [WEBHOOK_SECRET, INGEST_TOKEN, CANARY]) expect(output).not.toContain(secret);
}

/** A new directory for a spool, which is deleted after the test. */
export function newSpoolDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'qlik-event-graph-spool-'));
  onTestEnd(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A relay in this process. */
export interface TestRelay {
  url: string;
  directory: string;
  log: string[];
  close(): Promise<void>;
}

/** By this factor the pauses of suspects and probes are shorter in a test. */
export const PAUSE_FACTOR = 5;

/** Starts a relay in this process; it is closed after the test. */
export async function startTestRelay(
  settings: Record<string, string | undefined> = {},
  directory = newSpoolDirectory(),
): Promise<TestRelay> {
  const log: string[] = [];
  const { logLevel, ...parsed } = parseRelaySettings(toSettings(directory, settings));
  const logger = pino({ level: logLevel }, { write: (line) => void log.push(line) });
  const relay = await startRelay({ logLevel, ...parsed }, logger, 1 / PAUSE_FACTOR);
  let isClosed = false;
  const close = async () => {
    if (isClosed) return;
    isClosed = true;
    await relay.close();
    expectNoSecrets(log.join(''));
  };
  onTestEnd(close);
  return { url: relay.url, directory, log, close };
}

/** The built relay as a process of its own. */
export class RelayProcess extends ServerProcess {
  constructor(
    directory: string,
    settings: Record<string, string | undefined> = {},
    command = [process.execPath, PROGRAM],
  ) {
    super(toSettings(directory, settings), command);
    onTestEnd(async () => {
      await this[Symbol.asyncDispose]();
      expectNoSecrets(this.stdout + this.stderr);
    });
  }
}

/** An event of tenant `one` that contains the canary. */
export function relayEvent(id: string, data: Record<string, unknown> = {}): Record<string, unknown> {
  return runEvent('one', { id: `run-${id}`, title: CANARY, ...data }, { id });
}

export function sign(body: string | Buffer, secret = WEBHOOK_SECRET): string {
  return createHmac('sha256', secret).update(body).digest('hex');
}

/** Posts a delivery, signed unless the headers say otherwise; undefined leaves a header out. */
export async function deliver(
  url: string,
  body: unknown,
  headers: Record<string, string | undefined> = {},
): Promise<Response> {
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const all = { 'content-type': 'application/json', 'qlik-signature': sign(bytes), ...headers };
  const given = Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return await fetch(`${url}/webhooks/qlik`, {
    method: 'POST',
    body: typeof bytes === 'string' ? bytes : new Uint8Array(bytes),
    headers: given,
  });
}

/** The relay's value of a metric, such as `qeg_relay_events_total{outcome="stored"}`. */
export async function readMetric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1));
}

/** Resolves when everything that the relay has accepted is confirmed. */
export async function untilSent(url: string, timeoutMs = 20_000): Promise<void> {
  const isSent = async () => (await readMetric(url, 'qeg_relay_spool_bytes')) === 0;
  // Every answer takes the relay milliseconds of CPU time, so it is asked less often.
  await waitUntil(isSent, timeoutMs, () => 'Not everything is sent.', 50);
}

/** The lines of rejected.ndjson. */
export function readRejected(
  directory: string,
): { at: string; errors: { code: string }[]; event: Record<string, unknown> }[] {
  if (!readdirSync(directory).includes('rejected.ndjson')) return [];
  const text = readFileSync(join(directory, 'rejected.ndjson'), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}
