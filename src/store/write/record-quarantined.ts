import type { Instant } from '../../domain/instant.ts';
import type { ItemErrorCode, Problem } from '../../domain/problem.ts';
import type { Queries } from '../database.ts';
import { insertMany, type WriteRow } from '../recordset.ts';
import { quarantine } from '../tables.ts';

/** An item that could not become an event, kept whole. */
export interface QuarantinedItem {
  /** undefined where none could be read. */
  tenantId: string | undefined;
  /** Hash of the JSON text: the same bytes are kept once. */
  itemKey: string;
  rawText: string;
  receivedAt: Instant;
  problems: Problem<ItemErrorCode>[];
}

/**
 * Keeps items in quarantine, within a transaction; what is there already stays as it is. They are written in the order of
 * their keys, as two transactions that keep the same ones in different order would wait for each other.
 */
export async function insertQuarantined(
  transaction: Queries,
  items: readonly QuarantinedItem[],
): Promise<void> {
  const rows = items.map(
    ({ tenantId, itemKey, rawText, receivedAt, problems }): WriteRow<typeof quarantine> => ({
      tenantId: tenantId ?? '',
      itemKey,
      receivedAt,
      problems: JSON.stringify(problems),
      raw: rawText,
    }),
  );
  rows.sort((a, b) => (String(a.itemKey) < String(b.itemKey) ? -1 : 1));
  await insertMany(transaction, quarantine, rows, 'keep');
}
