import { afterAll, beforeAll, expect, test } from 'vitest';
import { SseSubscription } from '../../support/clients/sse-subscription.ts';
import { describeOnOneDatabase } from '../../support/databases/databases.ts';
import { runEvent } from '../../support/events/events.ts';
import { startAfter } from '../../support/events/log-cursor.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { RawWebSocket } from '../../support/sockets/raw-web-socket.ts';

const EVENTS = 2_000;
const BATCH = 100;
// Much is delivered of each event, so that what a paused client leaves unread is more than the
// buffers of its socket hold.
const CONTENT_TYPE = 'c'.repeat(700);
const CONTENT_TYPES = Array.from({ length: 15 }, (_, index) => `c${index}: contentType`).join(' ');
const QUERY = `subscription ($after: String) { eventStored(after: $after) { event { position ${CONTENT_TYPES} } } }`;

describeOnOneDatabase('a subscriber that does not read its socket', (kind) => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  const positionsOf = (
    messages: { payload?: { data: { eventStored: { event: { position: number } } } } }[],
  ) => messages.flatMap(({ payload }) => (payload ? [payload.data.eventStored.event.position] : []));

  test('neither slows another one down nor loses anything', async () => {
    const client = service.client.as('slow');
    const [paused, reading] = await Promise.all([
      RawWebSocket.connect(service.url, 'slow'),
      RawWebSocket.connect(service.url, 'slow'),
    ]);
    const ids = {
      paused: paused.start(QUERY, startAfter('slow')),
      reading: reading.start(QUERY, startAfter('slow')),
    };
    const pausedSse = new SseSubscription(service.url, 'slow', QUERY, startAfter('slow'));
    await client.ingest(runEvent('slow'));
    await paused.until(({ type }) => type === 'next');
    await pausedSse.until(({ received }) => received.length === 1);
    paused.socket.pause();
    pausedSse.pause();

    for (let sent = 1; sent < EVENTS; sent += BATCH) {
      const count = Math.min(BATCH, EVENTS - sent);
      await client.ingest(
        ...Array.from({ length: count }, () => runEvent('slow', {}, { datacontenttype: CONTENT_TYPE })),
      );
      // The other one is never further behind than the batch that was just stored.
      const head = sent + count;
      await reading.until(({ payload }) => payload?.data?.eventStored.event.position === head, 5_000);
    }
    const heard = paused.of(ids.paused).length;
    expect(heard, 'the paused one has not read').toBeLessThan(EVENTS / 2);

    paused.socket.resume();
    pausedSse.resume();
    await paused.until(({ payload }) => payload?.data?.eventStored.event.position === EVENTS, 15_000);
    await pausedSse.until(({ received }) => received.length === EVENTS, 15_000);
    const expected = Array.from({ length: EVENTS }, (_, index) => index + 1);
    expect(positionsOf(reading.of(ids.reading))).toEqual(expected);
    expect(positionsOf(paused.of(ids.paused))).toEqual(expected);
    expect(pausedSse.received.map(({ eventStored }) => eventStored.event.position)).toEqual(expected);
    paused.socket.terminate();
    reading.socket.terminate();
    await pausedSse.close();
  });
});
