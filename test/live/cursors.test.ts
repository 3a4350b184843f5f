import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import {
  describeOnEachTransport,
  type LiveSubscription,
  subscribeOver,
} from '../support/clients/transports.ts';
import { runEvent } from '../support/events/events.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const EVENTS = `subscription ($after: String) { eventStored(after: $after) { cursor event { position eventId tenantId } } }`;

const positionsOf = ({ received }: LiveSubscription) =>
  received.map(({ eventStored }) => eventStored.event.position);

/** 1, 2 … up to `last`, from `first` on. */
const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

describeOnEachTransport('where a subscription starts and goes on', (kind, transport) => {
  let service: TestService;
  let tenants = 0;

  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  const newClient = () => {
    tenants += 1;
    return service.client.as(`${transport}-${tenants}`);
  };
  const follow = (client: GraphqlClient, after?: string) =>
    subscribeOver(transport, client, EVENTS, { after });
  const ingest = (client: GraphqlClient, count: number) =>
    client.ingest(...Array.from({ length: count }, () => runEvent(client.tenantId ?? '')));
  const ends = async (client: GraphqlClient) =>
    (await client.data('{ eventLog { startCursor headCursor headPosition } }')).eventLog;

  /** Four writers that send small batches at the same time. */
  const write = async (client: GraphqlClient, batches: number) => {
    const writer = async () => {
      for (let batch = 0; batch < batches; batch += 1) await ingest(client, 1 + (batch % 4));
    };
    await Promise.all([writer(), writer(), writer(), writer()]);
  };

  test('without a cursor only what comes later is delivered', async () => {
    const client = newClient();
    await ingest(client, 5);
    const live = follow(client);
    // Nothing tells when the server has taken the operation, so events are sent until one arrives.
    while (live.received.length === 0) await ingest(client, 1);
    const { headPosition } = await ends(client);
    await live.until(() => positionsOf(live).includes(headPosition));
    await live.close();
    const [first] = positionsOf(live);
    expect(first).toBeGreaterThan(5);
    expect(positionsOf(live)).toEqual(range(first, headPosition));
  });

  test('with the start cursor everything is delivered, in order, over many pages', async () => {
    const client = newClient();
    await ingest(client, 350);
    const live = follow(client, (await ends(client)).startCursor);
    await live.until(({ received }) => received.length >= 350);
    await live.close();
    expect(positionsOf(live)).toEqual(range(1, 350));
  });

  test('opened in the middle while four writers ingest, it brings every event once and in order', async () => {
    const client = newClient();
    await ingest(client, 40);
    const all = follow(client, (await ends(client)).startCursor);
    await all.until(({ received }) => received.length >= 20);
    const writing = write(client, 9);
    const live = follow(client, all.received[19].eventStored.cursor);
    await writing;
    const { headPosition } = await ends(client);
    expect(headPosition).toBeGreaterThan(100);
    await Promise.all([all, live].map((one) => one.until(() => positionsOf(one).includes(headPosition))));
    await Promise.all([all.close(), live.close()]);
    expect(positionsOf(live)).toEqual(range(21, headPosition));
    expect(positionsOf(all)).toEqual(range(1, headPosition));
  });

  test('a client that comes back with its last cursor again and again misses nothing and gets nothing twice', async () => {
    const client = newClient();
    await ingest(client, 1);
    let after = (await ends(client)).startCursor;
    const seen: number[] = [];
    const writing = write(client, 8);
    for (let visit = 0; visit < 8; visit += 1) {
      const live = follow(client, after);
      const { headPosition } = await ends(client);
      await live.until(() => live.received.length > visit || positionsOf(live).includes(headPosition));
      // It leaves with deliveries in flight; what it has looked at counts.
      const looked = live.received.slice(0, visit + 1);
      await live.close();
      seen.push(...looked.map(({ eventStored }) => eventStored.event.position));
      after = looked.at(-1)?.eventStored.cursor ?? after;
    }
    await writing;
    const { headPosition } = await ends(client);
    const last = follow(client, after);
    await last.until(() => seen.at(-1) === headPosition || positionsOf(last).includes(headPosition));
    await last.close();
    expect([...seen, ...positionsOf(last)]).toEqual(range(1, headPosition));
  });

  test('subscribers at different cursors each get their own part of one log', async () => {
    const client = newClient();
    await ingest(client, 250);
    const all = follow(client, (await ends(client)).startCursor);
    await all.until(({ received }) => received.length >= 250);
    const starts = [1, 99, 100, 101, 200, 250];
    const others = starts.map((start) => follow(client, all.received[start - 1].eventStored.cursor));
    await ingest(client, 10);
    await Promise.all(others.map((live) => live.until(() => positionsOf(live).includes(260))));
    await Promise.all([all, ...others].map((live) => live.close()));
    for (const [index, start] of starts.entries()) {
      expect(positionsOf(others[index] ?? all)).toEqual(range(start + 1, 260));
    }
  });

  test('tenants never mix, also where their positions and pages are the same', async () => {
    const [one, two] = [newClient(), newClient()];
    const [first, second] = await Promise.all(
      [one, two].map(async (client) => follow(client, (await ends(client)).startCursor)),
    );
    if (first === undefined || second === undefined) throw new Error('There are two.');
    // One batch for both, as a relay of many tenants sends it.
    const mixed = () => [runEvent(one.tenantId ?? ''), runEvent(two.tenantId ?? '')];
    for (let batch = 0; batch < 10; batch += 1) {
      await service.client.ingest(...Array.from({ length: 12 }, mixed).flat());
    }
    await Promise.all([first, second].map((live) => live.until(({ received }) => received.length >= 120)));
    await Promise.all([first.close(), second.close()]);
    for (const [live, client] of [
      [first, one],
      [second, two],
    ] as const) {
      expect(positionsOf(live)).toEqual(range(1, 120));
      const tenantIds = new Set(live.received.map(({ eventStored }) => eventStored.event.tenantId));
      expect([...tenantIds]).toEqual([client.tenantId]);
    }
  });
});
