import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../../src/store/database/open-database.ts';
import {
  createTestDatabase,
  describeOnEachDatabase,
  type TestDatabase,
} from '../../support/databases/databases.ts';
import { readRows } from '../../support/databases/rows.ts';
import { lockTenants } from '../../support/databases/tenant-lock.ts';
import { runEvent } from '../../support/events/events.ts';
import { ServerProcess } from '../../support/processes/server-process.ts';

const CALLERS = 40;
const POISONED = [7, 8, 30];
const MUTATION =
  'mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) { receipts { outcome position } } }';

/**
 * No event is known that the database refuses; if there ever is one, it must not take others down
 * with it.
 */
async function refusePoison(database: TestDatabase): Promise<void> {
  await using opened = await openDatabase(database);
  await opened.acrossTenants.write(async (transaction) => {
    await transaction.execute(sql`create function refuse() returns trigger language plpgsql as
      $$ begin if new.event_id like 'poison%' then raise 'no'; end if; return new; end $$`);
    await transaction.execute(
      sql`create trigger refuse before insert on events for each row execute function refuse()`,
    );
  });
}

describeOnEachDatabase('an event that the database refuses', (kind) => {
  let database: TestDatabase;
  let server: ServerProcess;
  beforeAll(async () => {
    database = await createTestDatabase(kind);
    await refusePoison(database);
    server = await ServerProcess.start(database);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await database.drop();
  });

  test('fails the request that brought it, and none of those that were to be stored with it', async () => {
    const sendTo = (tenantId: string) => server.client.request(MUTATION, { events: [runEvent(tenantId)] });
    const send = (caller: number) => {
      const ids = [`event-${caller}-a`, POISONED.includes(caller) ? `poison-${caller}` : `event-${caller}-b`];
      return server.client.request(MUTATION, { events: ids.map((id) => runEvent('one', {}, { id })) });
    };
    // While the first transaction waits, all the others are gathered. An embedded database does not
    // wait.
    const lock = kind !== 'pglite' ? await lockTenants(database, ['one']) : undefined;
    const sent = Array.from({ length: CALLERS }, (_, caller) => send(caller));
    await lock?.awaited();
    for (let count = 0; lock !== undefined && count < 5; count += 1) await sendTo('another tenant');
    await lock?.release();
    const answers = await Promise.all(sent);
    const positions = [];
    for (const [caller, { data, errors }] of answers.entries()) {
      if (POISONED.includes(caller)) {
        expect({ data, code: errors?.[0].extensions.code }).toEqual({
          data: null,
          code: 'INTERNAL_SERVER_ERROR',
        });
      } else {
        const { receipts } = data.ingestEvents;
        expect(receipts.map(({ outcome }: { outcome: string }) => outcome)).toEqual(['STORED', 'STORED']);
        expect(receipts[1].position).toBe(receipts[0].position + 1);
        positions.push(...receipts.map(({ position }: { position: number }) => position));
      }
    }
    const stored = 2 * (CALLERS - POISONED.length);
    expect(positions.sort((a, b) => a - b)).toEqual(Array.from({ length: stored }, (_, index) => index + 1));

    await server.stop();
    const [row] = await readRows(
      database,
      "select count(*)::int as events, count(distinct xmin::text)::int as transactions from events where tenant_id = 'one'",
    );
    expect(row?.events).toBe(stored);
    if (kind !== 'pglite') {
      expect(row?.transactions, 'they were stored in common').toBeLessThan(CALLERS - POISONED.length);
    }
  });
});
