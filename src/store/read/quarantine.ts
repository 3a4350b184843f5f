import { getTableColumns } from 'drizzle-orm';
import type { Problem } from '../../domain/events/problem.ts';
import type { Instant } from '../../domain/values/instant.ts';
import type { JsonValue } from '../../domain/values/json.ts';
import type { AcrossTenants, TenantDatabase } from '../database/database.ts';
import { quarantine } from '../tables/log-tables.ts';
import type { QuarantinePlace } from '../tables/quarantine-key.ts';
import { toFinder } from './find-by-keys.ts';
import type { Listing, ListingArguments } from './pages/list-page.ts';
import { toOrder } from './pages/order.ts';
import { parsePageCursor, toPageCursor } from './pages/page-cursor.ts';
import { toOrdering } from './pages/terms.ts';
import { createReader } from './reader.ts';
import { QUARANTINED_EVENTS } from './subjects/quarantined-events.ts';

/** The record of an item in quarantine. */
export interface QuarantinedRecord extends QuarantinePlace {
  problems: Problem[];
  raw: JsonValue;
}

const CONNECTION = 'Query.quarantinedEvents';

const arrival = toOrder(toOrdering<QuarantinePlace>(QUARANTINED_EVENTS), undefined);
const { raw, ...others } = getTableColumns(quarantine);
const reader = createReader<QuarantinedRecord>(QUARANTINED_EVENTS, others);
const readerOfTexts = createReader<QuarantinedRecord>(QUARANTINED_EVENTS, { ...others, raw });

/**
 * Lists the items of a tenant in the order of arrival. The item's text is read only if `raw` is
 * selected.
 */
export function toQuarantineListing(
  database: TenantDatabase,
  where: ListingArguments['where'],
  selected: ReadonlySet<string>,
): Listing<QuarantinedRecord> {
  const { toListing } = selected.has('raw') ? readerOfTexts : reader;
  return toListing(CONNECTION, database, { where });
}

/** Returns the cursor of an item. */
export function toQuarantineCursor(place: QuarantinePlace): string {
  const values = arrival.terms.map((term) => term.toValue(place));
  return toPageCursor(CONNECTION, arrival.order, values);
}

/** Parses the cursor of an item. Throws BAD_CURSOR. */
export function parseQuarantineCursor(cursor: string): QuarantinePlace {
  const values = parsePageCursor(cursor, CONNECTION, arrival.order, arrival.terms);
  const [receivedAt, batchIndex, itemKey, tenantId] = values as [Instant, number, string, string];
  return { receivedAt, batchIndex, itemKey, tenantId };
}

/** Finds items by their keys. */
export const findQuarantined = toFinder<string, QuarantinedRecord>('quarantined_by_key', {
  ...{ table: quarantine, key: quarantine.itemKey, columns: getTableColumns(quarantine) },
});

/** Counts the items in quarantine, of all tenants and of none. */
export async function countQuarantined(across: AcrossTenants): Promise<number> {
  return across.read((queries) => queries.$count(quarantine));
}
