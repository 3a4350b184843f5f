import { sql } from 'drizzle-orm';
import type { Database } from '../../../src/store/database/database.ts';
import { toHash } from '../../../src/store/tables/event-key.ts';
import type { GraphqlClient } from '../clients/graphql-client.ts';

/** An item as `quarantinedEvents` shows it. */
export interface QuarantinedEvent {
  id: string;
  tenantId: string | null;
  receivedAt: string;
  problems: { code: string; message: string; path: string | null }[];
  raw: unknown;
}

export const ITEM = 'id tenantId receivedAt problems { code message path } raw';

/** The first 100 items that the client sees, and how many there are. */
export async function listQuarantined(
  client: GraphqlClient,
): Promise<{ nodes: QuarantinedEvent[]; totalCount: number }> {
  const { quarantinedEvents } = await client.data(
    `{ quarantinedEvents(first: 100) { totalCount nodes { ${ITEM} } } }`,
  );
  return quarantinedEvents;
}

export const RETRY = `mutation ($input: RetryQuarantinedEventsInput!) { retryQuarantinedEvents(input: $input) {
  stored duplicates conflicts quarantined rejected nextCursor clientMutationId
  receipts { index outcome eventId tenantId position quarantinedEventId errors { code message path } warnings { code } } } }`;

/** Tries items again and gives the payload with all receipts. */
// biome-ignore lint/suspicious/noExplicitAny: results are looked at by the tests, whatever their shape.
export async function retryQuarantined(client: GraphqlClient, input: object = {}): Promise<any> {
  return (await client.data(RETRY, { input })).retryQuarantinedEvents;
}

export const DISCARD = `mutation ($input: DiscardQuarantinedEventsInput!) { discardQuarantinedEvents(input: $input) {
  discarded clientMutationId } }`;

/** Discards items and gives how many there were. */
export async function discardQuarantined(client: GraphqlClient, ids: readonly string[]): Promise<number> {
  return (await client.data(DISCARD, { input: { ids } })).discardQuarantinedEvents.discarded;
}

/** An item to put into quarantine past the service. */
export interface Waiting {
  /** '' for none. */
  tenantId: string;
  raw: object;
  /** Where an earlier version named the same bytes otherwise. */
  itemKey?: string;
  receivedAt?: string;
  batchIndex?: number;
  problems?: object[];
}

/**
 * Puts items into quarantine past the service, as an earlier version would have that could not read
 * them.
 */
export async function insertQuarantined(database: Database, items: readonly Waiting[]): Promise<void> {
  const rows = items.map(({ tenantId, raw, itemKey, receivedAt, batchIndex, problems }, index) => ({
    tenant_id: tenantId,
    item_key: itemKey ?? toHash(JSON.stringify(raw)),
    received_at: receivedAt ?? '2026-01-02T00:00:00.000Z',
    batch_index: batchIndex ?? index,
    problems: JSON.stringify(problems ?? [{ code: 'MISSING_ID', message: 'An old bug.' }]),
    raw: JSON.stringify(raw),
  }));
  await database.acrossTenants.write((transaction) =>
    Promise.resolve(
      transaction.execute(sql`
        insert into quarantine (tenant_id, item_key, received_at, batch_index, problems, raw)
        select tenant_id, item_key, received_at, batch_index, problems::json, raw::json
        from json_to_recordset(${JSON.stringify(rows)}::json) as r(tenant_id text, item_key text,
          received_at timestamptz, batch_index int, problems text, raw text)`),
    ),
  );
}
