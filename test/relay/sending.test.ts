import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { type Answer, startRecordingService, toError } from '../support/relay/recording-service.ts';
import {
  CANARY,
  deliver,
  INGEST_TOKEN,
  newSpoolDirectory,
  PAUSE_FACTOR,
  readMetric,
  readRejected,
  relayEvent,
  startTestRelay,
  untilSent,
} from '../support/relay/test-relay.ts';
import { concurrentTest } from '../support/run/concurrent-test.ts';
import { findFreePort } from '../support/sockets/free-port.ts';
import { waitUntil } from '../support/wait-until.ts';

const numbered = (count: number) => Array.from({ length: count }, (_, number) => relayEvent(`e${number}`));
const idsOf = (events: Record<string, unknown>[]) => events.map(({ id }) => id);

concurrentTest(
  'while the service is away deliveries are accepted; then they arrive once, in order, in batches',
  async () => {
    const port = await findFreePort();
    const relay = await startTestRelay({ API_URL: `http://127.0.0.1:${port}` });
    const events = numbered(1_200);
    for (let at = 0; at < events.length; at += 6) {
      expect((await deliver(relay.url, events.slice(at, at + 6))).status).toBe(204);
    }
    expect((await fetch(`${relay.url}/health/ready`)).status, 'the relay can still receive').toBe(200);
    expect(await readMetric(relay.url, 'qeg_relay_spool_bytes')).toBeGreaterThan(100_000);
    expect(await readMetric(relay.url, 'qeg_relay_spool_oldest_seconds')).toBeGreaterThan(0);
    const service = await startRecordingService(port);
    await untilSent(relay.url);
    expect(idsOf(service.events)).toEqual(idsOf(events));
    expect(service.batches.length).toBeLessThan(10);
    expect(new Set(service.authorizations)).toEqual(new Set([`Bearer ${INGEST_TOKEN}`]));
    expect(await readMetric(relay.url, 'qeg_relay_spool_oldest_seconds')).toBe(0);
    expect(relay.log.filter((line) => line.includes('accepts no events now'))).toHaveLength(1);
    expect(relay.log.filter((line) => line.includes('accepts events again'))).toHaveLength(1);
  },
);

concurrentTest(
  'RATE_LIMITED, UNAVAILABLE, a 502 of a proxy and a cut connection are retried; RATE_LIMITED after the time it names',
  async () => {
    const service = await startRecordingService();
    const answers: Answer[] = [
      toError('RATE_LIMITED', { retryAfterMs: 600 }, 429),
      toError('UNAVAILABLE'),
      { status: 502, headers: { 'content-type': 'text/html' }, body: `<html>${CANARY}</html>` },
      { status: 503, headers: { 'retry-after': '1' }, body: '' },
      'cut off',
    ];
    const at: number[] = [];
    service.fault = () => {
      at.push(performance.now());
      return answers.shift();
    };
    const relay = await startTestRelay({ API_URL: service.url });
    await deliver(relay.url, relayEvent('a'));
    await untilSent(relay.url);
    expect(idsOf(service.events)).toEqual(['a']);
    expect((at[1] ?? 0) - (at[0] ?? 0)).toBeGreaterThan(550);
    expect((at[4] ?? 0) - (at[3] ?? 0)).toBeGreaterThan(950);
    expect(at).toHaveLength(6);
  },
);

concurrentTest('a service that asks for an absurd pause is not asked without a pause', async () => {
  const pauses: Answer[] = [
    { status: 503, headers: { 'retry-after': '99999999999' }, body: '' },
    { status: 429, headers: { 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' }, body: '' },
    toError('RATE_LIMITED', { retryAfterMs: 1e300 }, 429),
  ];
  await Promise.all(
    pauses.map(async (pause) => {
      const service = await startRecordingService();
      service.fault = () => pause;
      const relay = await startTestRelay({ API_URL: service.url });
      await deliver(relay.url, relayEvent('a'));
      await waitUntil(() => service.requests > 0);
      await sleep(1_000);
      expect(service.requests, JSON.stringify(pause)).toBe(1);
      await relay.close();
    }),
  );
});

concurrentTest(
  'a refused token is an error in the log, and deliveries wait; a relay that restarts with another token sends them',
  async () => {
    const service = await startRecordingService();
    service.fault = () =>
      service.authorizations.at(-1) === 'Bearer rotated' ? undefined : toError('UNAUTHENTICATED', {}, 401);
    const directory = newSpoolDirectory();
    const relay = await startTestRelay({ API_URL: service.url }, directory);
    await deliver(relay.url, relayEvent('a'));
    await waitUntil(() => relay.log.some((line) => line.includes('refuses INGEST_TOKEN')));
    expect(JSON.parse(relay.log.find((line) => line.includes('refuses INGEST_TOKEN')) ?? '').level).toBe(50);
    await deliver(relay.url, relayEvent('b'));
    expect(readRejected(directory)).toEqual([]);
    await relay.close();
    const next = await startTestRelay({ API_URL: service.url, INGEST_TOKEN: 'rotated' }, directory);
    await untilSent(next.url);
    expect(idsOf(service.events)).toEqual(['a', 'b']);
  },
);

concurrentTest(
  'a token without the scope is retried until it has it, without a restart',
  {
    timeout: 20_000,
  },
  async () => {
    const service = await startRecordingService();
    let isAllowed = false;
    let refusals = 0;
    service.fault = () => {
      if (isAllowed) return undefined;
      refusals += 1;
      return toError('FORBIDDEN');
    };
    const relay = await startTestRelay({ API_URL: service.url });
    await deliver(relay.url, relayEvent('a'));
    await waitUntil(() => refusals > 0);
    isAllowed = true;
    await untilSent(relay.url);
    expect(idsOf(service.events)).toEqual(['a']);
    expect(relay.log.some((line) => line.includes('accepts events again'))).toBe(true);
  },
);

concurrentTest(
  'a batch that is too large is halved; an event that never fits is recorded as rejected and blocks nothing',
  async () => {
    const service = await startRecordingService();
    let isAway = true;
    service.fault = (events) => {
      if (isAway) return toError('UNAVAILABLE');
      if (events.length > 30) return toError('BATCH_TOO_LARGE');
      return events.some(({ id }) => id === 'e50') ? { status: 413, body: 'Too large' } : undefined;
    };
    const relay = await startTestRelay({ API_URL: service.url });
    await deliver(relay.url, numbered(100));
    isAway = false;
    await untilSent(relay.url);
    expect(idsOf(service.events)).toEqual(idsOf(numbered(100)).filter((id) => id !== 'e50'));
    expect(Math.max(...service.batches.map(({ length }) => length))).toBeLessThanOrEqual(30);
    const rejected = readRejected(relay.directory);
    expect(rejected).toMatchObject([{ errors: [{ code: 'TOO_LARGE' }], event: { id: 'e50' } }]);
    expect(await readMetric(relay.url, 'qeg_relay_rejected_total')).toBe(1);
  },
);

concurrentTest(
  'what the service rejects is appended to rejected.ndjson, counted and logged, and blocks nothing',
  async () => {
    const service = await startRecordingService();
    const outcomes = ['STORED', 'DUPLICATE', 'CONFLICT', 'QUARANTINED', 'REJECTED'];
    service.outcomeOf = ({ id }) => outcomes[Number(String(id).slice(1)) % 5] ?? '';
    const relay = await startTestRelay({ API_URL: service.url });
    await deliver(relay.url, numbered(8));
    // A line break in the text of an event does not break the line of the file.
    await deliver(relay.url, JSON.stringify(relayEvent('e9', { text: 'a\nb' }), undefined, '\r\n  '));
    await untilSent(relay.url);
    const rejected = readRejected(relay.directory);
    expect(rejected.map(({ event }) => event.id)).toEqual(['e4', 'e9']);
    expect(rejected[1]?.event).toMatchObject({ data: { text: 'a\nb', title: CANARY } });
    expect(rejected[0]?.errors).toEqual([{ code: 'TOO_DEEP', message: 'Too deep.', path: null }]);
    expect(Date.parse(rejected[0]?.at ?? '')).toBeGreaterThan(Date.now() - 60_000);
    const counts = await Promise.all(
      outcomes.map((outcome) =>
        readMetric(relay.url, `qeg_relay_events_total{outcome="${outcome.toLowerCase()}"}`),
      ),
    );
    expect(counts).toEqual([2, 2, 2, 1, 2]);
    expect(await readMetric(relay.url, 'qeg_relay_rejected_total')).toBe(2);
    expect(relay.log.some((line) => line.includes('rejected.ndjson') && line.includes('TOO_DEEP'))).toBe(
      true,
    );
  },
);

concurrentTest(
  'an event that makes the service fail ten times while others pass is recorded as rejected; the others pass at once',
  {
    timeout: 90_000,
  },
  async () => {
    const poison = async (fault: Answer) => {
      const service = await startRecordingService();
      let faults = 0;
      let isAway = true;
      service.fault = (events) => {
        if (isAway) return toError('UNAVAILABLE');
        const isPoisoned = events.some(({ id }) => id === 'e37');
        if (isPoisoned && events.length === 1) faults += 1;
        return isPoisoned ? fault : undefined;
      };
      const relay = await startTestRelay({ API_URL: service.url });
      await deliver(relay.url, numbered(100));
      isAway = false;
      const others = idsOf(numbered(100)).filter((id) => id !== 'e37');
      await waitUntil(() => service.events.length === others.length);
      expect(idsOf(service.events)).toEqual(others);
      let more = 0;
      // While nothing else passes, the event is not rejected, however often it fails.
      await waitUntil(() => faults >= 4);
      expect(readRejected(relay.directory)).toEqual([]);
      while (readRejected(relay.directory).length === 0) {
        await deliver(relay.url, relayEvent(`more${more++}`));
        await sleep(200 / PAUSE_FACTOR);
      }
      expect(readRejected(relay.directory)).toMatchObject([{ event: { id: 'e37' } }]);
      expect(faults).toBeGreaterThanOrEqual(10);
      await untilSent(relay.url);
      await relay.close();
      const lines = relay.log.map((line) => JSON.parse(line).msg);
      // Only the outage at the beginning, if the relay has met it.
      expect(lines.filter((line) => line.includes('accepts no events')).length).toBeLessThanOrEqual(1);
      expect(lines.filter((line) => line.includes('has a fault with one event'))).toHaveLength(1);
    };
    const faults = [toError('INTERNAL_SERVER_ERROR', {}, 500), { body: { data: null } }, { body: 'no JSON' }];
    await Promise.all(faults.map(poison));
  },
);

concurrentTest(
  'a service that fails for everything rejects nothing, and everything arrives once it works',
  async () => {
    const service = await startRecordingService();
    let isBroken = true;
    service.fault = () => (isBroken ? toError('INTERNAL_SERVER_ERROR') : undefined);
    const relay = await startTestRelay({ API_URL: service.url });
    await deliver(relay.url, numbered(300));
    await waitUntil(() => service.requests >= 25, 30_000);
    isBroken = false;
    await untilSent(relay.url);
    expect(new Set(idsOf(service.events))).toEqual(new Set(idsOf(numbered(300))));
    expect(service.events).toHaveLength(300);
    expect(readRejected(relay.directory)).toEqual([]);
    expect(relay.log.filter((line) => line.includes('accepts no events now'))).toHaveLength(1);
  },
);

concurrentTest(
  'a full spool refuses with 503 and Retry-After and is not ready; when the service is back, both end',
  async () => {
    const service = await startRecordingService();
    let isAway = true;
    service.fault = () => (isAway ? toError('UNAVAILABLE') : undefined);
    const relay = await startTestRelay({ API_URL: service.url, MAX_SPOOL_BYTES: '5000' });
    let accepted = 0;
    let refused: Response;
    for (;;) {
      refused = await deliver(relay.url, relayEvent(`e${accepted}`));
      if (refused.status !== 204) break;
      accepted += 1;
    }
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await fetch(`${relay.url}/health/ready`)).status).toBe(503);
    expect((await fetch(`${relay.url}/health/live`)).status).toBe(200);
    expect(await readMetric(relay.url, 'qeg_relay_deliveries_total{outcome="refused"}')).toBe(1);
    isAway = false;
    await untilSent(relay.url);
    expect((await deliver(relay.url, relayEvent(`e${accepted}`))).status).toBe(204);
    expect((await fetch(`${relay.url}/health/ready`)).status).toBe(200);
    await untilSent(relay.url);
    expect(idsOf(service.events)).toEqual(idsOf(numbered(accepted + 1)));
  },
);
