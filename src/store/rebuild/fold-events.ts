import { toChunks } from '../../domain/chunks.ts';
import { updateMany } from '../database/bulk.ts';
import type { Queries } from '../database/database.ts';
import { READ_COLUMNS, toReadColumns } from '../tables/event-row.ts';
import { events } from '../tables/log-tables.ts';
import { projectEvents } from '../write/project-events.ts';
import { claimStep } from './progress.ts';
import { renameReloads, takeTypeKeys } from './renew-keys.ts';
import type { RereadEvent } from './reread-event.ts';

/** Most blocks of one transaction; ingest has the same limit. */
const MAX_BLOCKS_AT_ONCE = 20_000;

/** Splits events into parts of one transaction each, in the given order. */
export function toParts(reread: readonly RereadEvent[]): RereadEvent[][] {
  const countBlocks = ({ read }: RereadEvent) => read?.event.facts.run?.facts.blocks?.length ?? 0;
  return toChunks(reread, countBlocks, MAX_BLOCKS_AT_ONCE);
}

interface FoldedLog {
  /** The schema of the service's tables. */
  home: string;
  tenantId: string;
  /** The newest position that has been folded. */
  from: number;
}

/**
 * Folds events after position `from` into the shadow tables, in one transaction with the
 * tenant's progress. Also rewrites columns of the log that this version reads differently.
 * Each event is complete by itself, so readers of the log may see old and new columns side by
 * side.
 */
export async function foldEvents(
  transaction: Queries,
  { home, tenantId, from }: FoldedLog,
  reread: readonly RereadEvent[],
): Promise<void> {
  const changed = reread.filter(({ isChanged }) => isChanged);
  const refused = reread.filter((event) => event.refusal !== undefined).length;
  const to = reread.at(-1)?.position ?? from;
  await claimStep(transaction, tenantId, { from, to, reread: changed.length, refused });
  await takeTypeKeys(transaction, tenantId, reread);
  await projectEvents(
    transaction,
    tenantId,
    reread.flatMap(({ read }) => read ?? []),
  );
  if (changed.length === 0) return;
  await rewriteColumns(transaction, changed);
  await renameReloads(transaction, home, tenantId, changed);
}

async function rewriteColumns(transaction: Queries, changed: readonly RereadEvent[]): Promise<void> {
  const rows = changed.flatMap(({ position, read, content }) =>
    read === undefined
      ? []
      : [{ tenantId: read.event.tenantId, position, content, ...toReadColumns(read.event) }],
  );
  await updateMany(transaction, events, ['tenantId', 'position'], [...READ_COLUMNS, 'content'], rows);
}
