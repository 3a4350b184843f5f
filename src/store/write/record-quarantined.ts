import type { ItemErrorCode, Problem } from '../../domain/events/problem.ts';
import type { Instant } from '../../domain/values/instant.ts';
import type { Queries } from '../database/database.ts';
import { insertMany, type WriteRow } from '../database/recordset.ts';
import { quarantine } from '../tables/log-tables.ts';
import { NO_TENANT, type QuarantineKey } from '../tables/quarantine-key.ts';

/** An item that could not become an event, kept whole. */
export interface QuarantinedItem {
  /** undefined where none could be read. */
  tenantId: string | undefined;
  /** Hash of the JSON text: the same bytes are kept once. */
  itemKey: string;
  rawText: string;
  receivedAt: Instant;
  /** Place in the batch that it came with, from 0. */
  batchIndex: number;
  problems: Problem<ItemErrorCode>[];
}

/**
 * Keeps items in quarantine, within a transaction; what is there already stays as it is. Always written in one order: of two
 * transactions with the same items in different orders each would wait for the other.
 */
export async function insertQuarantined(
  transaction: Queries,
  items: readonly QuarantinedItem[],
): Promise<void> {
  const sorted = items.map((item) => ({ ...item, tenantId: item.tenantId ?? NO_TENANT })).sort(byKey);
  const rows = sorted.map(
    ({ tenantId, itemKey, rawText, receivedAt, batchIndex, problems }): WriteRow<typeof quarantine> => ({
      tenantId,
      itemKey,
      receivedAt,
      batchIndex,
      problems: JSON.stringify(problems),
      raw: rawText,
    }),
  );
  await insertMany(transaction, quarantine, rows, 'keep');
}

/** Any order will do that is the same everywhere; sorting keeps equal keys as they came, so the first of them counts. */
function byKey(a: QuarantineKey, b: QuarantineKey): number {
  if (a.tenantId !== b.tenantId) return a.tenantId < b.tenantId ? -1 : 1;
  if (a.itemKey === b.itemKey) return 0;
  return a.itemKey < b.itemKey ? -1 : 1;
}
