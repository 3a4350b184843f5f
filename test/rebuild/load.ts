import { setTimeout as sleep } from 'node:timers/promises';
import { runEvent } from '../support/events.ts';
import type { GraphqlClient, Subscription } from '../support/graphql-client.ts';

const EVENTS =
  'subscription ($after: String) { eventStored(after: $after) { cursor event { position eventId } } }';
const START = { after: Buffer.from('log:0').toString('base64url') };

interface StoredEvent {
  position: number;
  eventId: string;
}

/** Writers, readers and a subscriber at work on one tenant, and what they have seen. */
export interface Load {
  /** What was acknowledged, STORED or, after a batch was sent again, DUPLICATE. */
  acknowledged: StoredEvent[];
  /** How often each code came as an answer. */
  codes: Map<string, number>;
  /** Requests that ended in neither data nor a code. */
  silent: unknown[];
  answered: number;
  slowestMs: number;
  live: Subscription;
  /** What the subscriber has got, in the order delivered. */
  delivered(): StoredEvent[];
  stop(): Promise<void>;
}

/** Puts a service under load. A batch that is refused is sent again, as a relay does, so in the end everything is stored. */
export function startLoad(client: GraphqlClient, writers = 4, readers = 2): Load {
  const live = client.subscribe(EVENTS, START);
  const load: Load = {
    acknowledged: [],
    codes: new Map(),
    silent: [],
    answered: 0,
    slowestMs: 0,
    live,
    delivered: () => live.received.map(({ eventStored }) => eventStored?.event),
    async stop() {
      stopped = true;
      await working;
    },
  };
  let stopped = false;

  /** The data, or undefined for an answer with a code. */
  const ask = async (query: string, variables?: Record<string, unknown>) => {
    const startedAt = performance.now();
    try {
      const { data, errors } = await client.request(query, variables);
      load.answered += 1;
      if (errors === undefined) return data;
      for (const { extensions } of errors) {
        const code = String(extensions?.code);
        load.codes.set(code, (load.codes.get(code) ?? 0) + 1);
      }
    } catch (failure) {
      load.silent.push(failure);
    } finally {
      load.slowestMs = Math.max(load.slowestMs, performance.now() - startedAt);
    }
    await sleep(50);
    return undefined;
  };
  const write = async () => {
    while (!stopped) {
      const events = Array.from({ length: 3 }, () => runEvent(client.tenantId ?? ''));
      for (let receipts: StoredEvent[] | undefined; receipts === undefined; ) {
        const data = await ask(
          `mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) {
            receipts { eventId position outcome } } }`,
          { events },
        );
        receipts = data?.ingestEvents.receipts;
        if (receipts !== undefined) load.acknowledged.push(...receipts);
      }
    }
  };
  const read = async () => {
    while (!stopped) {
      await ask('{ automationRuns(first: 20) { totalCount nodes { runId events { totalCount } } } }');
      await sleep(10);
    }
  };
  const working = Promise.all([
    ...Array.from({ length: writers }, write),
    ...Array.from({ length: readers }, read),
  ]);
  return load;
}
