import type { RunWith } from './automation-runs.ts';
import { BLOCKS_OF_RUN, type BlockRecord, ORDINAL_ORDER } from './blocks.ts';
import { type Page, toPage } from './pages/list-page.ts';
import { type PageArguments, parsePageArguments } from './pages/page-arguments.ts';
import { parsePageCursor, toPageCursor } from './pages/page-cursor.ts';

/** Returns the blocks that the row of a run contains, in order. No further statement is needed. */
export function toBlockRecords(run: RunWith<'blocks'>): BlockRecord[] {
  return (run.blocks ?? []).map((block) => ({
    tenantId: run.tenantId,
    runId: run.runId,
    runOccurredAt: run.occurredAt,
    ordinal: block.ordinal,
    type: block.type,
    typeName: block.typeName ?? null,
    blockName: block.blockName ?? null,
    params: block.params ?? null,
    rxBytes: block.rxBytes ?? null,
    txBytes: block.txBytes ?? null,
    apiCalls: block.apiCalls ?? null,
    durationMs: block.durationMs ?? null,
    snippetId: block.snippetId ?? null,
    endpointId: block.endpointId ?? null,
    connectorId: block.connectorId ?? null,
  }));
}

/** Returns a page of a run's blocks. Throws BAD_USER_INPUT and BAD_CURSOR like every page. */
export function toBlockPage(blocks: readonly BlockRecord[], args: PageArguments): Page<BlockRecord> {
  const { size, forward, after, before } = parsePageArguments(args);
  const start = after === undefined ? -1 : parseOrdinal(after);
  const end = before === undefined ? Number.POSITIVE_INFINITY : parseOrdinal(before);
  const between = blocks.filter(({ ordinal }) => ordinal > start && ordinal < end);
  const read = forward ? between : between.reverse();
  return toPage(read.slice(0, size + 1), size, forward, { after, before }, (block) =>
    toPageCursor(BLOCKS_OF_RUN, ORDINAL_ORDER, [block.ordinal]),
  );
}

function parseOrdinal(cursor: string): number {
  const [ordinal] = parsePageCursor(cursor, BLOCKS_OF_RUN, ORDINAL_ORDER, [
    { kind: 'ordinal', nullable: false },
  ]);
  return Number(ordinal);
}
