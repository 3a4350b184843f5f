import { createServer } from 'node:net';
import { expect } from 'vitest';
import { startRecordingService, toError } from '../support/relay/recording-service.ts';
import {
  deliver,
  newSpoolDirectory,
  RelayProcess,
  relayEvent,
  startTestRelay,
} from '../support/relay/test-relay.ts';
import { concurrentTest } from '../support/run/concurrent-test.ts';
import { waitUntil } from '../support/wait-until.ts';

/** Starts a relay, expects that it refuses to start, and returns what it says. */
async function refusedRelay(
  directory: string,
  settings: Record<string, string | undefined>,
): Promise<string[]> {
  const relay = new RelayProcess(directory, settings);
  expect(await relay.end(), relay.stdout + relay.stderr).toBe(1);
  return relay.stderr.trimEnd().split('\n');
}

concurrentTest(
  'every wrong setting is reported at once, one line each, without its secret value',
  async () => {
    const lines = await refusedRelay(newSpoolDirectory(), {
      RELAY_PORT: '70000',
      QLIK_WEBHOOK_SECRETS: ' ,',
      RELAY_UNSIGNED: 'yes',
      API_URL: 'http://user:hunter2@127.0.0.1/graphql',
      INGEST_TOKEN: 'two words',
      MAX_SPOOL_BYTES: '10GB',
      MAX_EVENT_BYTES: '0',
      LOG_LEVEL: 'loud',
    });
    expect(lines.map((line) => /^qlik-event-graph cannot relay: (\w+): /.exec(line)?.[1])).toEqual([
      ...['RELAY_PORT', 'RELAY_UNSIGNED', 'API_URL', 'INGEST_TOKEN', 'MAX_SPOOL_BYTES', 'MAX_EVENT_BYTES'],
      ...['LOG_LEVEL', 'QLIK_WEBHOOK_SECRETS'],
    ]);
    expect(lines.join()).not.toMatch(/hunter2|two words/);
  },
);

concurrentTest('unsigned deliveries are possible on a loopback address only', async () => {
  const directory = newSpoolDirectory();
  const [line, ...more] = await refusedRelay(directory, {
    QLIK_WEBHOOK_SECRETS: undefined,
    RELAY_UNSIGNED: 'true',
    RELAY_HOST: '0.0.0.0',
  });
  expect(line).toContain('RELAY_HOST: with RELAY_UNSIGNED=true');
  expect(more).toEqual([]);
});

concurrentTest('a busy port and a held spool directory are one line each', async () => {
  const directory = newSpoolDirectory();
  const relay = await startTestRelay({}, directory);
  const held = await refusedRelay(directory, {});
  expect(held).toEqual([
    expect.stringMatching(/SPOOL_DIR: .* is in use by process \d+; a spool has one relay/),
  ]);
  const busy = await refusedRelay(newSpoolDirectory(), { RELAY_PORT: new URL(relay.url).port });
  expect(busy).toEqual([expect.stringContaining('the port is in use by another program')]);
  const unusable = await refusedRelay('/dev/null/spool', {});
  expect(unusable).toEqual([expect.stringContaining('SPOOL_DIR: /dev/null/spool cannot be used')]);
});

concurrentTest(
  'SIGTERM: the relay accepts nothing more, answers what is in progress, sends the rest and exits with 0',
  async () => {
    const service = await startRecordingService();
    let isAway = true;
    service.fault = () => (isAway ? toError('UNAVAILABLE') : undefined);
    const relay = await new RelayProcess(newSpoolDirectory(), { API_URL: service.url }).ready();
    for (const id of ['a', 'b']) expect((await deliver(relay.url, relayEvent(id))).status).toBe(204);
    const begunAt = performance.now();
    relay.child.kill('SIGTERM');
    await waitUntil(() =>
      fetch(`${relay.url}/health/live`).then(
        () => false,
        () => true,
      ),
    );
    expect(relay.ended).toBe(undefined);
    isAway = false;
    expect(await relay.end()).toBe(0);
    expect(performance.now() - begunAt).toBeLessThan(6_500);
    expect(service.events.map(({ id }) => id)).toEqual(['a', 'b']);
  },
);

concurrentTest(
  'SIGTERM while the service is away: exit 0 after 5 s, and the next relay sends what waits',
  async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const directory = newSpoolDirectory();
    // This service accepts connections and never answers.
    const { port } = server.address() as { port: number };
    const relay = await new RelayProcess(directory, { API_URL: `http://127.0.0.1:${port}` }).ready();
    expect((await deliver(relay.url, relayEvent('a'))).status).toBe(204);
    const begunAt = performance.now();
    expect(await relay.stop('SIGTERM')).toBe(0);
    const tookMs = performance.now() - begunAt;
    expect(tookMs).toBeGreaterThan(4_000);
    expect(tookMs).toBeLessThan(8_000);
    server.close();
    const service = await startRecordingService();
    await startTestRelay({ API_URL: service.url }, directory);
    await waitUntil(() => service.events.length === 1);
  },
);

concurrentTest('LOG_FORMAT=pretty writes lines for readers, as the service does', async () => {
  const relay = new RelayProcess(newSpoolDirectory(), { LOG_FORMAT: 'pretty' });
  await waitUntil(() => relay.stdout.includes('ready: '), 30_000);
  expect(relay.stdout).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: /);
  await relay.stop();
});
