import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GraphqlClient } from '../../support/clients/graphql-client.ts';
import {
  createTestDatabase,
  type DatabaseKind,
  describeOnEachDatabase,
  type TestDatabase,
} from '../../support/databases/databases.ts';
import { readRows } from '../../support/databases/rows.ts';
import { appEvent, runEvent } from '../../support/events/events.ts';
import { newTenant } from '../../support/events/tenants.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';

const CLIENTS = 4;
const EVENTS_PER_CLIENT = 200;
const SHARED_EVENTS = 60;
const BATCH = 25;

interface Receipt {
  outcome: string;
  eventId: string;
  position: number;
}

/** How many services write to the one database. PGlite allows one. */
const SERVICES: Record<DatabaseKind, number[]> = {
  pglite: [1],
  postgres: [1, 2],
  'row-level security': [2],
};

describeOnEachDatabase('clients that write to one tenant at the same time', (kind) => {
  let database: TestDatabase;
  const services: TestService[] = [];
  beforeAll(async () => {
    database = await createTestDatabase(kind);
    for (let count = Math.max(...SERVICES[kind]); count > 0; count -= 1) {
      services.push(await startTestService(kind, {}, database));
    }
  });
  afterAll(() => database.drop());

  /** Each client's own events, with those that all clients send mixed in at different places. */
  function toClientEvents(tenantId: string): object[][] {
    const shared = Array.from({ length: SHARED_EVENTS }, (_, index) =>
      index % 2 === 0
        ? runEvent(tenantId, { id: `run-${index % 10}`, blocks: [{ type: 'baseBlock' }] })
        : appEvent(tenantId, 'app.created', { attributes: { id: `app-${index % 10}`, name: 'shared' } }),
    );
    return Array.from({ length: CLIENTS }, (_, client) => {
      const own = Array.from({ length: EVENTS_PER_CLIENT - SHARED_EVENTS }, (_, index) =>
        runEvent(tenantId, { id: `run-${index % 10}`, title: `client ${client}` }),
      );
      const mixed = [...own];
      // Clients send what they share in opposite orders, which would deadlock without one lock for
      // all.
      for (const [index, event] of (client % 2 === 0 ? shared : shared.toReversed()).entries())
        mixed.splice(index * 3, 0, event);
      return mixed;
    });
  }

  async function ingestInBatches(client: GraphqlClient, events: readonly object[]): Promise<Receipt[]> {
    const receipts: Receipt[] = [];
    for (let start = 0; start < events.length; start += BATCH) {
      receipts.push(...(await client.ingest(...events.slice(start, start + BATCH))).receipts);
    }
    return receipts;
  }

  for (const count of SERVICES[kind]) {
    test(`positions are 1 to N without a gap or repetition, through ${count} service(s)`, async () => {
      const tenantId = newTenant();
      const receipts = await Promise.all(
        toClientEvents(tenantId).map((events, client) => {
          const service = services[client % count];
          if (service === undefined) throw new Error('There is no such service.');
          return ingestInBatches(service.client, events);
        }),
      );
      const all = receipts.flat();
      const distinct = SHARED_EVENTS + CLIENTS * (EVENTS_PER_CLIENT - SHARED_EVENTS);
      const stored = all.filter(({ outcome }) => outcome === 'STORED');
      const positions = stored.map(({ position }) => position).sort((a, b) => a - b);
      expect(positions).toEqual(Array.from({ length: distinct }, (_, index) => index + 1));
      const others = all.filter(({ outcome }) => outcome !== 'STORED');
      expect(others.length).toBe(SHARED_EVENTS * (CLIENTS - 1));
      const positionOf = new Map(stored.map(({ eventId, position }) => [eventId, position]));
      for (const { outcome, eventId, position } of others) {
        expect({ outcome, position }).toEqual({ outcome: 'DUPLICATE', position: positionOf.get(eventId) });
      }
      for (const service of services) {
        const { eventLog, automationRuns, apps } = await service.client
          .as(tenantId)
          .data('{ eventLog { headPosition } automationRuns { totalCount } apps { totalCount } }');
        expect([eventLog.headPosition, automationRuns.totalCount, apps.totalCount]).toEqual([
          distinct,
          10,
          5,
        ]);
      }
    });
  }

  test('writers of several tenants at once do not hinder one another', async () => {
    const tenants = [newTenant(), newTenant(), newTenant()];
    const toBatch = () =>
      tenants.flatMap((tenantId) => [runEvent(tenantId), appEvent(tenantId, 'app.created', {})]);
    const batches = Array.from({ length: 10 }, toBatch);
    const service = services[0];
    const answers = await Promise.all(
      batches.flatMap((batch) => [
        service?.client.ingest(...batch),
        service?.client.ingest(...batch.toReversed()),
      ]),
    );
    const total = (name: string) => answers.reduce((sum, answer) => sum + answer[name], 0);
    expect([total('stored'), total('duplicates')]).toEqual([60, 60]);
  });

  test('the log holds each event once', async () => {
    await Promise.all(services.map((service) => service.close()));
    const rows = await readRows(
      database,
      `select tenant_id, count(*)::int as count, max(position)::int as last, count(distinct (source, event_id, type_key))::int as ids
       from events group by tenant_id`,
    );
    expect(rows.length).toBe(SERVICES[kind].length + 3);
    for (const { count, last, ids } of rows) expect([last, ids]).toEqual([count, count]);
  });
});
