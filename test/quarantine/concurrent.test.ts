import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database/open-database.ts';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import {
  createTestDatabase,
  type DatabaseKind,
  describeOnEachDatabase,
  type TestDatabase,
} from '../support/databases/databases.ts';
import { readRows } from '../support/databases/rows.ts';
import { runEvent } from '../support/events/events.ts';
import {
  discardQuarantined,
  insertQuarantined,
  listQuarantined,
  type QuarantinedEvent,
  retryQuarantined,
} from '../support/events/quarantine.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

/** PGlite allows one. */
const SERVICES: Record<DatabaseKind, number> = { pglite: 1, postgres: 2, 'row-level security': 2 };
const ITEMS = 90;
const TENANT = 'busy';

/**
 * Of three items one can be read, one can not, and one conflicts with an event that is sent
 * meanwhile.
 */
const KINDS = ['readable', 'unusable', 'conflicting'] as const;

describeOnEachDatabase('quarantine that many work on at once', (kind) => {
  let database: TestDatabase;
  const services: TestService[] = [];
  const items = Array.from({ length: ITEMS }, (_, index) => {
    const event = runEvent(TENANT, { index });
    const raw = {
      readable: event,
      unusable: { ...event, id: '' },
      conflicting: { ...event, data: { more: 1 } },
    };
    return { kind: KINDS[index % 3] ?? 'readable', event, raw: raw[KINDS[index % 3] ?? 'readable'] };
  });
  const rawsOf = (wanted: (typeof KINDS)[number]) =>
    items.filter((item) => item.kind === wanted).map(({ raw }) => raw);

  beforeAll(async () => {
    database = await createTestDatabase(kind);
    {
      await using opened = await openDatabase(database);
      await insertQuarantined(
        opened,
        items.map(({ raw }) => ({ tenantId: TENANT, raw })),
      );
    }
    for (let count = SERVICES[kind]; count > 0; count -= 1) {
      services.push(await startTestService(kind, {}, database));
    }
  });
  afterAll(async () => {
    await Promise.all(services.map((service) => service.close()));
    await database.drop();
  });

  test('loses nothing and stores nothing twice: retries, discards, and the same items sent again', async () => {
    const clients = services.map(({ client }) => client.as(TENANT));
    const [first] = clients as [GraphqlClient];
    const { nodes } = await listQuarantined(first);
    const idsOf = (raws: readonly object[]) => {
      const texts = new Set(raws.map((raw) => JSON.stringify(raw)));
      return nodes.filter(({ raw }) => texts.has(JSON.stringify(raw))).map(({ id }: QuarantinedEvent) => id);
    };
    const discarded = idsOf(rawsOf('unusable').slice(0, 15));
    const standing = items.filter((item) => item.kind === 'conflicting').map(({ event }) => event);
    await first.ingest(...standing);
    const answers = await Promise.all(
      clients.flatMap((client, number) => {
        const ids = nodes.map(({ id }) => id);
        return [
          retryQuarantined(client),
          retryQuarantined(client, { ids: number % 2 ? ids : ids.toReversed() }),
          retryQuarantined(client, { ids: ids.filter((_, index) => index % 2 === number % 2) }),
          client.ingest(...rawsOf('readable').toReversed(), ...rawsOf('conflicting')),
          client.ingest(...rawsOf('conflicting').toReversed(), ...rawsOf('readable')),
          ...discarded.map(async (id) => ({ discarded: await discardQuarantined(client, [id]) })),
        ];
      }),
    );
    const total = (name: string) => answers.reduce((sum, answer) => sum + (answer[name] ?? 0), 0);
    expect(total('stored')).toBe(30);
    expect(total('discarded')).toBe(15);
    const left = (await listQuarantined(first)).nodes.map(({ raw }) => JSON.stringify(raw));
    const expected = [...rawsOf('unusable').slice(15), ...rawsOf('conflicting')];
    expect(left.sort()).toEqual(expected.map((raw) => JSON.stringify(raw)).sort());
    const { events } = await first.data('{ events(first: 100) { totalCount nodes { position eventId } } }');
    expect(events.totalCount).toBe(60);
    expect(events.nodes.map(({ position }: { position: number }) => position)).toEqual(
      Array.from({ length: 60 }, (_, index) => 60 - index),
    );
    expect(new Set(events.nodes.map(({ eventId }: { eventId: string }) => eventId)).size).toBe(60);
  });

  test('items sent in opposite orders do not wait for one another', async () => {
    const raws = Array.from({ length: 200 }, () => runEvent(TENANT, {}, { id: '' }));
    await Promise.all(
      Array.from({ length: 8 }, (_, number) =>
        services[number % services.length]?.client.ingest(...(number % 2 ? raws : raws.toReversed())),
      ),
    );
    const { client } = services[0] as TestService;
    const { quarantinedEvents } = await client.as(TENANT).data('{ quarantinedEvents { totalCount } }');
    expect(quarantinedEvents.totalCount).toBe(245);
  });

  test('none of it counts as a fault of the service, and nobody met a deadlock', async () => {
    const lines = services.flatMap(({ log }) => log).map((line) => JSON.parse(line));
    expect(lines.filter(({ level }) => level >= 50)).toEqual([]);
    // A server counts a deadlock for good when the connection that met it ends.
    await Promise.all(services.splice(0).map((service) => service.close()));
    const rows = await readRows(
      database,
      'select deadlocks from pg_stat_database where datname = current_database()',
    );
    expect(Number(rows[0]?.deadlocks)).toBe(0);
  });
});
