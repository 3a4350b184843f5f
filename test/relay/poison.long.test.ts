import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { startRecordingService, toError } from '../support/relay/recording-service.ts';
import {
  deliver,
  newSpoolDirectory,
  PAUSE_FACTOR,
  readRejected,
  relayEvent,
  startTestRelay,
  untilSent,
} from '../support/relay/test-relay.ts';
import { concurrentTest } from '../support/run/concurrent-test.ts';
import { waitUntil } from '../support/wait-until.ts';

const named = (name: string, count: number) =>
  Array.from({ length: count }, (_, number) => relayEvent(`${name}${number}`));
const idsOf = (events: Record<string, unknown>[]) => events.map(({ id }) => String(id));
const isPoison = (id: unknown) => String(id).startsWith('poison');

/** A service that fails for each batch with an event named `poison…`, while it is poisoned. */
async function startPoisonedService() {
  const service = await startRecordingService();
  const state = { isPoisoned: true };
  service.fault = (events) =>
    state.isPoisoned && events.some(({ id }) => isPoison(id))
      ? toError('INTERNAL_SERVER_ERROR', {}, 500)
      : undefined;
  return { service, state };
}

/** Delivers others until the relay has rejected so many events. */
async function deliverUntilRejected(relay: { url: string; directory: string }, count: number) {
  for (let number = 0; readRejected(relay.directory).length < count; number += 1) {
    expect((await deliver(relay.url, relayEvent(`more${number}`))).status).toBe(204);
    await sleep(150 / PAUSE_FACTOR);
  }
}

concurrentTest(
  'however many events in a row make the service fail, the events behind them pass, and only they are rejected',
  {
    timeout: 90_000,
  },
  async () => {
    const send = async (before: number, poisoned: number, behind: number) => {
      const { service } = await startPoisonedService();
      const relay = await startTestRelay({ API_URL: service.url });
      const poison = named('poison', poisoned);
      const others = [...named('g', before), ...named('behind', behind)];
      await deliver(relay.url, [...others.slice(0, before), ...poison, ...others.slice(before)]);
      // Nothing else arrives meanwhile.
      await waitUntil(() => service.events.length === others.length, 40_000);
      expect(idsOf(service.events), 'the order of arrival').toEqual(idsOf(others));
      await deliverUntilRejected(relay, poisoned);
      await untilSent(relay.url);
      const rejected = idsOf(readRejected(relay.directory).map(({ event }) => event));
      expect(rejected.sort()).toEqual(idsOf(poison).sort());
      expect(service.events.filter(({ id }) => isPoison(id))).toEqual([]);
      expect(new Set(idsOf(service.events)).size, 'each event is sent once').toBe(service.events.length);
    };
    await Promise.all([send(1, 8, 50), send(0, 9, 50), send(3, 40, 50), send(5, 12, 0)]);
  },
);

concurrentTest('a restart in between changes nothing', { timeout: 60_000 }, async () => {
  const { service } = await startPoisonedService();
  const directory = newSpoolDirectory();
  const first = await startTestRelay({ API_URL: service.url }, directory);
  await deliver(first.url, [...named('poison', 12), ...named('behind', 5)]);
  await waitUntil(() => service.requests >= 20);
  await first.close();
  const relay = await startTestRelay({ API_URL: service.url }, directory);
  await waitUntil(() => idsOf(service.events).includes('behind4'), 20_000);
  await deliverUntilRejected(relay, 12);
  await untilSent(relay.url);
  expect(readRejected(directory).every(({ event }) => isPoison(event.id))).toBe(true);
  expect(idsOf(service.events)).toEqual(expect.arrayContaining(idsOf(named('behind', 5))));
});

concurrentTest(
  'while every event makes the service fail none is rejected, and all arrive once it works',
  {
    timeout: 60_000,
  },
  async () => {
    const { service, state } = await startPoisonedService();
    const relay = await startTestRelay({ API_URL: service.url });
    await deliver(relay.url, named('poison', 60));
    // So long that each of the first events would have failed ten times.
    await sleep(12_000 / PAUSE_FACTOR);
    await waitUntil(() => service.requests > 40, 20_000);
    expect(readRejected(relay.directory)).toEqual([]);
    state.isPoisoned = false;
    await untilSent(relay.url);
    expect(idsOf(service.events).sort()).toEqual(idsOf(named('poison', 60)).sort());
    expect(readRejected(relay.directory)).toEqual([]);
  },
);

concurrentTest(
  'events that make the service fail slowly do not keep the others from passing',
  {
    timeout: 90_000,
  },
  async () => {
    const { service } = await startPoisonedService();
    service.delayMs = (events) => (events.some(({ id }) => isPoison(id)) ? 500 / PAUSE_FACTOR : 0);
    const relay = await startTestRelay({ API_URL: service.url });
    await deliver(relay.url, named('poison', 7));
    await waitUntil(() => service.requests >= 25, 30_000);
    const before = service.requests;
    await deliver(relay.url, relayEvent('other'));
    await waitUntil(() => service.events.length > 0, 20_000);
    expect(service.requests - before).toBeLessThanOrEqual(4);
  },
);
