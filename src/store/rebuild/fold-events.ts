import { toChunks } from '../../domain/chunks.ts';
import type { Queries } from '../database/database.ts';
import { updateMany } from '../database/recordset.ts';
import { READ_COLUMNS, toReadColumns } from '../tables/event-row.ts';
import { events } from '../tables/log-tables.ts';
import { projectEvents } from '../write/project-events.ts';
import { claimStep } from './progress.ts';
import { renameReloads, takeTypeKeys } from './renew-keys.ts';
import type { RereadEvent } from './reread-event.ts';

/** Blocks of one transaction; see the same limit of ingest. */
const MAX_BLOCKS_AT_ONCE = 20_000;

/** Cuts events into parts for a transaction each, in the order given. */
export function toParts(reread: readonly RereadEvent[]): RereadEvent[][] {
  const countBlocks = ({ read }: RereadEvent) => read?.event.facts.run?.facts.blocks?.length ?? 0;
  return toChunks(reread, countBlocks, MAX_BLOCKS_AT_ONCE);
}

/** The log that is folded. */
interface FoldedLog {
  /** The schema of the tables that the service works with. */
  home: string;
  tenantId: string;
  /** The newest position that is folded already. */
  from: number;
}

/**
 * Folds events that follow position `from` into the shadows, in one transaction with the tenant's progress. Columns of the log that this
 * version reads otherwise are written at once: each event is whole in itself, so no reader has to wait for the others.
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
