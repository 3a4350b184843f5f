import { type SQL, sql } from 'drizzle-orm';
import type { IngestOrigin } from '../../domain/events/ingest-origin.ts';
import type { JsonValue } from '../../domain/values/json.ts';
import { compareCodePoints } from '../../domain/values/text.ts';
import { toTextArray } from '../database/bulk.ts';
import type { Queries, TenantDatabase, TenantDatabases } from '../database/database.ts';
import { isOfTenant } from '../database/lookups.ts';
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
  origin: IngestOrigin;
}

const { tenantId, itemKey, receivedAt, batchIndex } = quarantine;
const place = { tenantId, itemKey, receivedAt, batchIndex };
const arrival = sql`${receivedAt}, ${batchIndex}, ${itemKey}, ${tenantId}`;
const waiting = { ...place, bytes: sql`octet_length(${quarantine.raw}::text)`.mapWith(Number) };

const START = { receivedAt: '-infinity', batchIndex: 0, itemKey: '' };

/**
 * Reads up to `limit` items of some tenants in the order of arrival, after a place or from the
 * start. Each tenant has a statement of its own: the index holds the items of one in order.
 */
export async function readQuarantineAfter(
  databases: readonly TenantDatabase[],
  after: QuarantinePlace | undefined,
  limit: number,
): Promise<WaitingItem[]> {
  const found = await Promise.all(databases.map((database) => readOwnAfter(database, after, limit)));
  return found.flat().sort(byArrival).slice(0, limit);
}

function readOwnAfter(
  { read, tenantId: owner }: TenantDatabase,
  after: QuarantinePlace | undefined,
  limit: number,
): Promise<WaitingItem[]> {
  const last = after ?? START;
  // The order of arrival ends with the tenant, so the place of another tenant's item is a
  // bound here, too.
  const lastTenant = after?.tenantId ?? '';
  const isAfter = sql`(${arrival}) > (${last.receivedAt}, ${last.batchIndex}, ${last.itemKey}, ${lastTenant})`;
  const isOwn = sql`${tenantId} = ${owner}`;
  // A subquery selects the rows, so lengths are computed for these rows only.
  const oldest = sql`select ${itemKey} from ${quarantine} where ${isOwn} and ${isAfter}
    order by ${arrival} limit ${limit}`;
  return read((queries) =>
    queries
      .select(waiting)
      .from(quarantine)
      .where(sql`${isOwn} and ${itemKey} in (${oldest})`)
      .orderBy(arrival),
  );
}

function byArrival(a: QuarantinePlace, b: QuarantinePlace): number {
  return (
    compareCodePoints(a.receivedAt, b.receivedAt) ||
    a.batchIndex - b.batchIndex ||
    compareCodePoints(a.itemKey, b.itemKey) ||
    compareCodePoints(a.tenantId, b.tenantId)
  );
}

/** Finds items in the order of their keys. Skips keys that are not in quarantine. */
export function findWaitingItems(
  databases: TenantDatabases,
  keys: readonly QuarantineKey[],
): Promise<WaitingItem[]> {
  return findInOrder(databases, keys, (queries, isWanted) =>
    queries.select(waiting).from(quarantine).where(isWanted).prepare('waiting_items').execute(),
  );
}

/** Like `findWaitingItems`, with the texts. Skips keys that are not in quarantine. */
export async function findQuarantinedTexts(
  databases: TenantDatabases,
  keys: readonly QuarantineKey[],
): Promise<QuarantinedText[]> {
  const found = await findInOrder(databases, keys, (queries, isWanted) =>
    queries
      .select({ ...place, raw: quarantine.raw, origin: quarantine.origin })
      .from(quarantine)
      .where(isWanted)
      .prepare('quarantined_texts')
      .execute(),
  );
  return found.map((item) => ({ ...item, origin: item.origin ?? 'DIRECT' }));
}

/** Groups keys by tenant. Each tenant's items are read and written by statements of its own. */
export function groupByTenant<Key extends QuarantineKey>(keys: readonly Key[]): Map<string, Key[]> {
  const groups = new Map<string, Key[]>();
  for (const key of keys) {
    const group = groups.get(key.tenantId);
    if (group === undefined) groups.set(key.tenantId, [key]);
    else group.push(key);
  }
  return groups;
}

async function findInOrder<Item extends QuarantineKey>(
  databases: TenantDatabases,
  keys: readonly QuarantineKey[],
  find: (queries: Queries, isWanted: SQL) => Promise<Item[]>,
): Promise<Item[]> {
  const groups = [...groupByTenant(keys)].map(([owner, ownKeys]) => {
    const itemKeys = toTextArray(ownKeys.map((key) => key.itemKey));
    const isWanted = sql`${isOfTenant(tenantId, owner)} and ${itemKey} = any(${itemKeys})`;
    return databases.forTenant(owner).read((queries) => find(queries, isWanted));
  });
  const toName = ({ tenantId: owner, itemKey: key }: QuarantineKey) => JSON.stringify([owner, key]);
  const items = (await Promise.all(groups)).flat();
  const found = new Map(items.map((item) => [toName(item), item]));
  return keys.flatMap((key) => found.get(toName(key)) ?? []);
}
