import type { IngestOrigin } from '../../domain/events/ingest-origin.ts';
import type { ItemErrorCode, Problem } from '../../domain/events/problem.ts';
import type { Instant } from '../../domain/values/instant.ts';
import { insertMany, type WriteRow } from '../database/bulk.ts';
import type { Queries } from '../database/database.ts';
import { quarantine, toOriginColumn } from '../tables/log-tables.ts';
import { NO_TENANT, type QuarantineKey } from '../tables/quarantine-key.ts';

/** An item that could not be stored as an event, complete. */
export interface QuarantinedItem {
  /** The tenant that owns the item; undefined if no tenant does. */
  tenantId: string | undefined;
  /** Hash of the JSON text, so equal items are stored once. */
  itemKey: string;
  rawText: string;
  receivedAt: Instant;
  origin: IngestOrigin;
  /** Index in the batch that brought the item, from 0. */
  batchIndex: number;
  problems: Problem<ItemErrorCode>[];
}

/**
 * Inserts items into quarantine; items that are there stay unchanged. Rows are written in the
 * order of their keys, so two transactions with the same items cannot deadlock.
 */
export async function insertQuarantined(
  transaction: Queries,
  items: readonly QuarantinedItem[],
): Promise<void> {
  const sorted = items.map((item) => ({ ...item, tenantId: item.tenantId ?? NO_TENANT })).sort(byKey);
  const rows = sorted.map(
    ({
      tenantId,
      itemKey,
      rawText,
      receivedAt,
      origin,
      batchIndex,
      problems,
    }): WriteRow<typeof quarantine> => ({
      tenantId,
      itemKey,
      receivedAt,
      origin: toOriginColumn(origin),
      batchIndex,
      problems: JSON.stringify(problems),
      raw: rawText,
    }),
  );
  await insertMany(transaction, quarantine, rows, 'keep');
}

/** An arbitrary fixed order. Sorting is stable, so the first of equal keys is stored. */
function byKey(a: QuarantineKey, b: QuarantineKey): number {
  if (a.tenantId !== b.tenantId) return a.tenantId < b.tenantId ? -1 : 1;
  if (a.itemKey === b.itemKey) return 0;
  return a.itemKey < b.itemKey ? -1 : 1;
}
