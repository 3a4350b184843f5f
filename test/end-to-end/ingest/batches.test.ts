import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createTestDatabase,
  describeOnEachDatabase,
  type TestDatabase,
} from '../../support/databases/databases.ts';
import { readRows } from '../../support/databases/rows.ts';
import { appEvent, runEvent } from '../../support/events/events.ts';
import { newTenant } from '../../support/events/tenants.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';

/** `levels` arrays around a number. */
const nested = (levels: number): unknown => (levels === 0 ? 1 : [nested(levels - 1)]);

describeOnEachDatabase('a batch', (kind) => {
  let database: TestDatabase;
  let service: TestService;
  beforeAll(async () => {
    database = await createTestDatabase(kind);
    service = await startTestService(kind, {}, database);
  });
  afterAll(async () => {
    await service.close();
    await database.drop();
  });

  test('each item is answered in order, good, bad, repeated and foreign ones', async () => {
    const tenantId = newTenant();
    const foreign = newTenant();
    const good = runEvent(tenantId);
    const bad = (envelope: object) => runEvent(tenantId, {}, { ...envelope });
    /** Item, outcome, codes of its errors with their paths, position. */
    const cases: [item: unknown, outcome: string, errors: [string, string | null][], position?: number][] = [
      [good, 'STORED', [], 1],
      ['text', 'REJECTED', [['NOT_AN_OBJECT', null]]],
      [42, 'REJECTED', [['NOT_AN_OBJECT', null]]],
      [true, 'REJECTED', [['NOT_AN_OBJECT', null]]],
      [[good], 'REJECTED', [['NOT_AN_OBJECT', null]]],
      [
        {},
        'QUARANTINED',
        [
          ['MISSING_ID', '/eventId'],
          ['MISSING_TYPE', '/eventType'],
          ['MISSING_TENANT', '/extensions/tenantId'],
        ],
      ],
      [bad({ id: undefined }), 'QUARANTINED', [['MISSING_ID', '/id']]],
      [bad({ id: '' }), 'QUARANTINED', [['MISSING_ID', '/id']]],
      [bad({ id: null }), 'QUARANTINED', [['MISSING_ID', '/id']]],
      [bad({ type: '' }), 'QUARANTINED', [['MISSING_TYPE', '/type']]],
      [bad({ tenantid: null }), 'QUARANTINED', [['MISSING_TENANT', '/tenantid']]],
      [bad({ id: 5 }), 'QUARANTINED', [['INVALID_ID', '/id']]],
      [bad({ id: 'x'.repeat(257) }), 'QUARANTINED', [['INVALID_ID', '/id']]],
      [bad({ id: 'a\u0000b' }), 'QUARANTINED', [['INVALID_ID', '/id']]],
      [bad({ id: 'a\nb' }), 'QUARANTINED', [['INVALID_ID', '/id']]],
      [bad({ id: 'a\u0085b' }), 'QUARANTINED', [['INVALID_ID', '/id']]],
      [bad({ id: 'a\ud800b' }), 'QUARANTINED', [['INVALID_ID', '/id']]],
      [bad({ type: { a: 1 } }), 'QUARANTINED', [['INVALID_ID', '/type']]],
      [bad({ tenantid: 'a\tb' }), 'QUARANTINED', [['INVALID_ID', '/tenantid']]],
      [bad({ source: 'a\udc00' }), 'QUARANTINED', [['INVALID_ID', '/source']]],
      [bad({ source: ['a'] }), 'QUARANTINED', [['INVALID_ID', '/source']]],
      [good, 'DUPLICATE', [], 1],
      [{ ...good, data: { more: 1 } }, 'CONFLICT', [['ID_CONFLICT', null]], 1],
      [runEvent(foreign), 'STORED', [], 1],
      [runEvent(tenantId, { deep: nested(62) }), 'STORED', [], 2],
      [runEvent(tenantId, { deep: nested(63) }), 'REJECTED', [['TOO_DEEP', null]]],
      [runEvent(tenantId, { title: 'x'.repeat(1_048_576) }), 'REJECTED', [['TOO_LARGE', null]]],
      [runEvent(tenantId, { title: 'a\u0000b', deep: 'a\u0000\ud800' }), 'STORED', [], 3],
      [bad({ id: 'x'.repeat(256) }), 'STORED', [], 4],
      [bad({ source: undefined }), 'STORED', [], 5],
      [appEvent(tenantId, 'something.new', {}), 'STORED', [], 6],
    ];
    const payload = await service.client.ingest(...cases.map(([item]) => item));
    type Receipt = {
      index: number;
      outcome: string;
      position: number | null;
      errors: { code: string; path: string | null }[];
    };
    const answers = payload.receipts.map((receipt: Receipt) => ({
      index: receipt.index,
      outcome: receipt.outcome,
      errors: receipt.errors.map(({ code, path }) => [code, path]),
      position: receipt.position,
    }));
    expect(answers).toEqual(
      cases.map(([, outcome, errors, position], index) => ({
        index,
        outcome,
        errors,
        position: position ?? null,
      })),
    );
    const countOf = (outcome: string) => cases.filter((entry) => entry[1] === outcome).length;
    expect(payload).toMatchObject({
      stored: countOf('STORED'),
      duplicates: countOf('DUPLICATE'),
      conflicts: countOf('CONFLICT'),
      quarantined: countOf('QUARANTINED'),
      rejected: countOf('REJECTED'),
    });
    expect(payload.receipts[27].warnings).toMatchObject([{ code: 'UNREADABLE_VALUE', path: '/data/title' }]);
    expect(payload.receipts[29].warnings).toMatchObject([{ code: 'MISSING_SOURCE', path: '/source' }]);
    expect(payload.receipts[5]).toMatchObject({ eventId: null, tenantId: null });
    expect(payload.receipts[9]).toMatchObject({ tenantId, eventId: expect.any(String) });
  });

  test('the events of each tenant take its positions in the order of the items', async () => {
    const [one, two] = [newTenant(), newTenant()];
    const { receipts } = await service.client.ingest(
      runEvent(one),
      runEvent(two),
      'no event',
      runEvent(one),
      runEvent(one),
      runEvent(two),
    );
    const seen = receipts.map(({ tenantId, position }: { tenantId: string; position: number }) => [
      tenantId,
      position,
    ]);
    expect(seen).toEqual([
      [one, 1],
      [two, 1],
      [null, null],
      [one, 2],
      [one, 3],
      [two, 2],
    ]);
    const { events } = await service.client.as(one).data('{ events { nodes { position tenantId } } }');
    expect(events.nodes).toEqual([3, 2, 1].map((position) => ({ position, tenantId: one })));
  });

  test('1,000 events are stored, with positions 1 to 1,000', async () => {
    const tenantId = newTenant();
    const events = Array.from({ length: 1_000 }, () => runEvent(tenantId));
    const { stored, receipts } = await service.client.ingest(...events);
    expect(stored).toBe(1_000);
    expect(receipts.map((receipt: { position: number }) => receipt.position)).toEqual(
      events.map((_, i) => i + 1),
    );
  });

  test('1,001 events are refused, and none of them is stored', async () => {
    const tenantId = newTenant();
    const events = Array.from({ length: 1_001 }, () => runEvent(tenantId));
    const { data, errors } = await service.client.request(
      'mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) { stored } }',
      { events },
    );
    expect({ data, code: errors?.[0].extensions.code }).toEqual({ data: null, code: 'BATCH_TOO_LARGE' });
    const { eventLog } = await service.client.as(tenantId).data('{ eventLog { headPosition } }');
    expect(eventLog.headPosition).toBe(0);
  });

  test('no events at all are refused', async () => {
    const { errors } = await service.client.request(
      'mutation { ingestEvents(input: { events: [] }) { stored } }',
    );
    expect(errors?.[0].extensions.code).toBe('BAD_USER_INPUT');
  });

  test('null is no event: the whole request is refused', async () => {
    const query = 'mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) { stored } }';
    const { errors } = await service.client.request(query, { events: [null] });
    expect(errors?.[0].extensions.code).toBe('BAD_USER_INPUT');
  });

  test('clientMutationId comes back', async () => {
    const query = `mutation ($events: [JSON!]!) {
      ingestEvents(input: { events: $events, clientMutationId: "mine" }) { clientMutationId } }`;
    const { ingestEvents } = await service.client.data(query, { events: [runEvent(newTenant())] });
    expect(ingestEvents).toEqual({ clientMutationId: 'mine' });
  });

  test('what is quarantined is kept whole and once, with or without a tenant; what is rejected is not kept', async () => {
    const tenantId = newTenant();
    const mark = `mark-${tenantId}`;
    const items = [runEvent(tenantId, { mark }, { id: '' }), { mark, text: 'a\u0000\ud800' }, [mark]];
    await service.client.ingest(...items, ...items);
    await service.client.ingest(...items);
    await service.close();
    const rows = await readRows(
      database,
      `select tenant_id, raw::text, problems::text from quarantine where raw::text like '%${mark}"%' order by tenant_id`,
    );
    service = await startTestService(kind, {}, database);
    expect(rows.map(({ tenant_id, raw }) => [tenant_id, JSON.parse(String(raw))])).toEqual([
      ['', items[1]],
      [tenantId, items[0]],
    ]);
    expect(JSON.parse(String(rows[1]?.problems))).toMatchObject([{ code: 'MISSING_ID', path: '/id' }]);
  });
});
