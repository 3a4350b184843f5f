import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEveryDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { insertQuarantined, retryQuarantined } from '../support/events/quarantine.ts';
import { newTenant } from '../support/events/tenants.ts';
import { type OpenService, startOpenService } from '../support/services/open-service.ts';

const ORIGINS = ['DIRECT', 'RELAY', 'BACKFILL'];
const INGEST = `mutation ($events: [JSON!]!, $origin: IngestOrigin) {
  ingestEvents(input: { events: $events, origin: $origin }) { conflicts quarantined } }`;
const RECORD = `mutation ($days: [CoverageDayInput!]!) {
  recordCoverage(input: { days: $days }) { days { recoveredCount } } }`;

describeOnEveryDatabase('the origin of an item in quarantine', (kind) => {
  let service: OpenService;
  beforeAll(async () => {
    service = await startOpenService(kind);
  });
  afterAll(() => service.close());

  const ingest = async (origin: string, ...events: object[]) =>
    (await service.client.data(INGEST, { events, origin })).ingestEvents;
  /** Runs SQL past the service. */
  const runSql = (statement: ReturnType<typeof sql>): Promise<unknown> =>
    service.database.acrossTenants.write(async (queries) => await queries.execute(statement));
  /** Makes the items of a tenant readable, as an upgrade would: `unread` is their new id. */
  const makeReadable = (tenantId: string) =>
    runSql(sql`update quarantine set raw = replace(raw::text, '"unread"', '"id"')::json
      where tenant_id = ${tenantId}`);
  const readOrigins = async (tenantId: string) => {
    const found = await runSql(sql`select event_id, coalesce(origin, 'DIRECT') as origin
      from events where tenant_id = ${tenantId} order by position`);
    const rows = Array.isArray(found) ? found : (found as { rows: Record<string, string>[] }).rows;
    return rows.map(({ event_id, origin }) => `${event_id} ${origin}`);
  };
  /** An event whose id this version does not read. */
  const unreadable = (tenantId: string, id: string) => {
    const { id: _, ...event } = runEvent(tenantId, {}, { time: '2026-05-01T12:00:00Z' });
    return { ...event, unread: id };
  };

  test('is that of the event which a retry stores', async () => {
    const tenantId = newTenant();
    for (const origin of ORIGINS) {
      expect(await ingest(origin, unreadable(tenantId, origin.toLowerCase()))).toMatchObject({
        quarantined: 1,
      });
    }
    await makeReadable(tenantId);
    await retryQuarantined(service.client.as(tenantId));
    expect(await readOrigins(tenantId)).toEqual(['direct DIRECT', 'relay RELAY', 'backfill BACKFILL']);
    const day = { tenantId, date: '2026-05-01', upstreamCount: 3, storedCount: 3 };
    const { recordCoverage } = await service.client.data(RECORD, { days: [day] });
    expect(recordCoverage.days).toEqual([{ recoveredCount: 1 }]);
  });

  test('is that of the first arrival, whatever brings the same item again', async () => {
    const tenantId = newTenant();
    const item = unreadable(tenantId, 'first');
    for (const origin of ['RELAY', 'BACKFILL', 'DIRECT']) await ingest(origin, item, item);
    await makeReadable(tenantId);
    await retryQuarantined(service.client.as(tenantId));
    expect(await readOrigins(tenantId)).toEqual(['first RELAY']);
  });

  test('is kept for a conflict, too', async () => {
    const tenantId = newTenant();
    const event = runEvent(tenantId, { title: 'first' }, { id: 'same' });
    await ingest('RELAY', event);
    const other = { ...event, data: { title: 'second' } };
    expect(await ingest('BACKFILL', other)).toMatchObject({ conflicts: 1 });
    await runSql(sql`update quarantine set raw = replace(raw::text, '"same"', '"other"')::json
      where tenant_id = ${tenantId}`);
    await retryQuarantined(service.client.as(tenantId));
    expect(await readOrigins(tenantId)).toEqual(['same RELAY', 'other BACKFILL']);
  });

  test('stays with an item that is still unreadable after a retry', async () => {
    const tenantId = newTenant();
    await ingest('BACKFILL', unreadable(tenantId, 'later'));
    // An earlier version found no problem, so the retry writes the item.
    await runSql(sql`update quarantine set problems = '[]' where tenant_id = ${tenantId}`);
    await retryQuarantined(service.client.as(tenantId));
    await makeReadable(tenantId);
    await retryQuarantined(service.client.as(tenantId));
    expect(await readOrigins(tenantId)).toEqual(['later BACKFILL']);
  });

  test('counts as DIRECT for an item of a version that recorded none', async () => {
    const tenantId = newTenant();
    await insertQuarantined(service.database, [{ tenantId, raw: runEvent(tenantId, {}, { id: 'old' }) }]);
    await retryQuarantined(service.client.as(tenantId));
    expect(await readOrigins(tenantId)).toEqual(['old DIRECT']);
  });
});
