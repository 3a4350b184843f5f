import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createTestDatabase,
  describeOnEveryDatabase,
  type TestDatabase,
} from '../../support/databases/databases.ts';
import { readRows } from '../../support/databases/rows.ts';
import { EXAMPLES, readExampleOf, runEvent } from '../../support/events/events.ts';
import { newTenant } from '../../support/events/tenants.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';

describeOnEveryDatabase('an event with a known identity and other content', (kind) => {
  let database: TestDatabase;
  let service: TestService;
  beforeAll(async () => {
    database = await createTestDatabase(kind);
    service = await startTestService(kind, {}, database);
  });
  afterAll(() => database.drop());

  /** What was sent as a conflict, by tenant. */
  const conflicts = new Map<string, unknown>();

  for (const name of EXAMPLES) {
    test(`${name}: it is a conflict that names the event that stands`, async () => {
      const tenantId = newTenant();
      const example = readExampleOf(tenantId, name);
      const other = structuredClone(example);
      other.data.surprise = true;
      await service.client.ingest(runEvent(tenantId), example);
      const { ingestEvents } = await service.client.data(
        `mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) {
           stored duplicates conflicts quarantined rejected
           receipts { index outcome position event { position raw } errors { code path } warnings { code } } } }`,
        { events: [other] },
      );
      expect(ingestEvents).toEqual({
        stored: 0,
        duplicates: 0,
        conflicts: 1,
        quarantined: 0,
        rejected: 0,
        receipts: [
          {
            index: 0,
            outcome: 'CONFLICT',
            position: 2,
            event: { position: 2, raw: example },
            errors: [{ code: 'ID_CONFLICT', path: null }],
            warnings: [],
          },
        ],
      });
      conflicts.set(tenantId, other);
      const again = await service.client.ingest(other, other);
      expect(again.conflicts).toBe(2);
    });
  }

  test('within one batch it is a conflict too, and the first stands', async () => {
    const tenantId = newTenant();
    const event = runEvent(tenantId, { title: 'first' });
    const other = { ...event, data: { id: 'run-x', title: 'second' } };
    const { receipts } = await service.client.ingest(event, other);
    expect(receipts).toMatchObject([
      { outcome: 'STORED', position: 1 },
      { outcome: 'CONFLICT', position: 1 },
    ]);
    const { automationRuns } = await service.client
      .as(tenantId)
      .data('{ automationRuns { nodes { title } } }');
    expect(automationRuns.nodes).toEqual([{ title: 'first' }]);
    conflicts.set(tenantId, other);
  });

  test('an event whose list has another order is a conflict', async () => {
    const tenantId = newTenant();
    const event = runEvent(tenantId, { blocks: [{ rxBytes: 1 }, { rxBytes: 2 }] });
    const other = runEvent(tenantId, {
      ...(event.data as object),
      blocks: [{ rxBytes: 2 }, { rxBytes: 1 }],
    });
    const { receipts } = await service.client.ingest(event, { ...other, id: event.id });
    expect(receipts[1]).toMatchObject({ outcome: 'CONFLICT', position: 1 });
    conflicts.set(tenantId, { ...other, id: event.id });
  });

  describe('afterwards', () => {
    let rows: Record<string, unknown>[];
    beforeAll(async () => {
      await service.close();
      rows = await readRows(database, 'select tenant_id, raw::text, problems::text from quarantine');
    });

    test('each conflict is kept in quarantine once, whole, with its problem', () => {
      expect(rows.length).toBe(conflicts.size);
      for (const [tenantId, sent] of conflicts) {
        const row = rows.find((candidate) => candidate.tenant_id === tenantId);
        expect(JSON.parse(String(row?.raw))).toEqual(sent);
        expect(JSON.parse(String(row?.problems))).toMatchObject([{ code: 'ID_CONFLICT' }]);
      }
    });
  });
});
