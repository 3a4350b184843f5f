import { type SQL, sql } from 'drizzle-orm';
import type { JsonValue } from '../../domain/values/json.ts';
import type { Database } from '../database/database.ts';
import { quarantine } from '../tables/log-tables.ts';
import type { QuarantineKey, QuarantinePlace } from '../tables/quarantine-key.ts';

/** An item in quarantine without its text, which may be long. */
export interface WaitingItem extends QuarantinePlace {
  /** Length of its JSON text in UTF-8 bytes. */
  bytes: number;
}

/** An item in quarantine as it was sent. */
export interface QuarantinedText extends QuarantinePlace {
  raw: JsonValue;
}

const { tenantId, itemKey, receivedAt, batchIndex } = quarantine;
const place = { tenantId, itemKey, receivedAt, batchIndex };
const arrival = sql`${receivedAt}, ${batchIndex}, ${itemKey}, ${tenantId}`;
const waiting = { ...place, bytes: sql`octet_length(${quarantine.raw}::text)`.mapWith(Number) };

const START = { receivedAt: '-infinity', batchIndex: 0, itemKey: '', tenantId: '' };

/** Reads up to `limit` items in the order of arrival, after a place or from the start. */
export function readQuarantineAfter(
  database: Database,
  tenantIds: readonly string[],
  after: QuarantinePlace | undefined,
  limit: number,
): Promise<WaitingItem[]> {
  const last = after ?? START;
  // The index holds the items of one tenant in order, so each tenant is a subquery. Lengths
  // are computed for the remaining rows only.
  const parts = tenantIds.map(
    (owner) => sql`(select ${tenantId}, ${itemKey}, ${receivedAt}, ${batchIndex} from ${quarantine}
      where ${tenantId} = ${owner}
        and (${arrival}) > (${last.receivedAt}, ${last.batchIndex}, ${last.itemKey}, ${last.tenantId})
      order by ${arrival} limit ${limit})`,
  );
  const all = sql.join(parts, sql` union all `);
  const oldest = sql`select tenant_id, item_key from (${all}) as parts
    order by received_at, batch_index, item_key, tenant_id limit ${limit}`;
  return database.read((queries) =>
    queries
      .select(waiting)
      .from(quarantine)
      .where(sql`(${tenantId}, ${itemKey}) in (${oldest})`)
      .orderBy(arrival),
  );
}

/** Finds items in the order of their keys. Skips keys that are not in quarantine. */
export async function findWaitingItems(
  database: Database,
  keys: readonly QuarantineKey[],
): Promise<WaitingItem[]> {
  const found = await database.read((queries) =>
    queries.select(waiting).from(quarantine).where(isOneOf(keys)).prepare('waiting_items').execute(),
  );
  return toOrderOf(keys, found);
}

/** Like `findWaitingItems`, with the texts. Skips keys that are not in quarantine. */
export async function findQuarantinedTexts(
  database: Database,
  keys: readonly QuarantineKey[],
): Promise<QuarantinedText[]> {
  const found = await database.read((queries) =>
    queries
      .select({ ...place, raw: quarantine.raw })
      .from(quarantine)
      .where(isOneOf(keys))
      .prepare('quarantined_texts')
      .execute(),
  );
  return toOrderOf(keys, found);
}

/** Returns keys as rows that a statement can join. Any number of keys is one parameter. */
export function toKeyRows(keys: readonly QuarantineKey[]): SQL {
  const texts = keys.map((key) => ({ tenant_id: key.tenantId, item_key: key.itemKey }));
  return sql`json_to_recordset(${JSON.stringify(texts)}::json)
    as keys(tenant_id text collate "C", item_key text collate "C")`;
}

function isOneOf(keys: readonly QuarantineKey[]): SQL {
  return sql`(${tenantId}, ${itemKey}) in (select keys.tenant_id, keys.item_key from ${toKeyRows(keys)})`;
}

function toOrderOf<Item extends QuarantineKey>(
  keys: readonly QuarantineKey[],
  items: readonly Item[],
): Item[] {
  const toName = ({ tenantId: owner, itemKey: key }: QuarantineKey) => JSON.stringify([owner, key]);
  const found = new Map(items.map((item) => [toName(item), item]));
  return keys.flatMap((key) => found.get(toName(key)) ?? []);
}
