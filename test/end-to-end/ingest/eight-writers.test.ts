import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Random } from '../../../src/commands/demo/history/random.ts';
import { createTestDatabase, type TestDatabase } from '../../support/databases/databases.ts';
import { readRows } from '../../support/databases/rows.ts';
import { appEvent, runEvent } from '../../support/events/events.ts';
import { ServerProcess } from '../../support/processes/server-process.ts';
import { toDose } from '../../support/run/dose.ts';

const EVENTS = toDose({ short: 1_500, full: 10_000 });
const WRITERS = 8;
const BATCHES = [1_000, 700, 333, 150, 1_000, 501, 90, 250];
const MUTATION = `mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) {
  stored duplicates receipts { eventId outcome position } } }`;

interface Receipt {
  eventId: string;
  outcome: string;
  position: number;
}

describe(`eight writers that send the same ${EVENTS} events through two servers, in different orders and batches`, () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase('postgres');
  });
  afterAll(() => database.drop());

  test(`get ${EVENTS} rows at the positions 1 to ${EVENTS}, and no error`, async () => {
    {
      const start = () => ServerProcess.start(database);
      await using first = await start();
      await using second = await start();
      const events = Array.from({ length: EVENTS }, (_, index) =>
        index % 4 === 0
          ? appEvent('one', 'app.created', { attributes: { id: `app-${index % 50}`, name: `n ${index}` } })
          : runEvent('one', { id: `run-${index % 2_000}`, title: `t ${index}` }),
      );
      const write = async (writer: number): Promise<Receipt[]> => {
        const { client } = writer % 2 === 0 ? first : second;
        const own = inRandomOrder(events, writer + 1);
        const size = BATCHES[writer] ?? 100;
        const receipts: Receipt[] = [];
        for (let from = 0; from < EVENTS; from += size) {
          // Throws for whatever is no receipt: a deadlock, a refusal.
          const { ingestEvents } = await client.data(MUTATION, { events: own.slice(from, from + size) });
          receipts.push(...ingestEvents.receipts);
        }
        return receipts;
      };
      const receipts = (
        await Promise.all(Array.from({ length: WRITERS }, (_, index) => write(index)))
      ).flat();

      const positionOf = new Map<string, number>();
      let stored = 0;
      for (const { eventId, outcome, position } of receipts) {
        if (outcome === 'STORED') stored += 1;
        else if (outcome !== 'DUPLICATE') throw new Error(`${eventId} is ${outcome}.`);
        const known = positionOf.get(eventId) ?? position;
        if (known !== position) throw new Error(`${eventId} has the positions ${known} and ${position}.`);
        positionOf.set(eventId, position);
      }
      expect([receipts.length, stored, positionOf.size]).toEqual([WRITERS * EVENTS, EVENTS, EVENTS]);
      await Promise.all([first.stop(), second.stop()]);
    }
    const [row] = await readRows(
      database,
      `select count(*)::int as count, min(position)::int as first, max(position)::int as last,
         count(distinct position)::int as positions, count(distinct event_id)::int as ids from events`,
    );
    expect(row).toEqual({ count: EVENTS, first: 1, last: EVENTS, positions: EVENTS, ids: EVENTS });
  }, 60_000);
});

/** The same seed gives the same order. */
function inRandomOrder<Item>(items: readonly Item[], seed: number): Item[] {
  const random = new Random(seed);
  const keyed = items.map((item): [number, Item] => [random.next(), item]);
  return keyed.sort(([a], [b]) => a - b).map(([, item]) => item);
}
