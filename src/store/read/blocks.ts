import { and, eq, getTableColumns, type SQL } from 'drizzle-orm';
import { blocks } from '../tables/projection-tables.ts';
import { compileFilter } from './filters/filter.ts';
import { type ListRunIds, type Relating, toBlockSubject, toListRunIds } from './filters/filter-subjects.ts';
import type { Listing, ListingArguments } from './pages/list-page.ts';
import { type Ordering, toOrder } from './pages/order.ts';
import type { Among } from './pages/read-part.ts';
import { byId, byInstant, byInteger } from './pages/terms.ts';

const { blockNameKey: _blockNameKey, automationId: _automationId, ...columns } = getTableColumns(blocks);

/** A block as it is read. */
export type BlockRecord = Omit<typeof blocks.$inferSelect, 'blockNameKey' | 'automationId'>;

const byOrdinal = {
  expression: blocks.ordinal,
  kind: 'ordinal',
  nullable: false,
  fixed: 'asc',
  property: 'ordinal',
  toValue: (block: BlockRecord) => block.ordinal,
} as const;

const ordering: Ordering<BlockRecord> = {
  fields: {
    RUN_OCCURRED_AT: byInstant(blocks.runOccurredAt, 'runOccurredAt', false),
    API_CALLS: byInteger(blocks.apiCalls, 'apiCalls'),
    RX_BYTES: byInteger(blocks.rxBytes, 'rxBytes'),
    TX_BYTES: byInteger(blocks.txBytes, 'txBytes'),
    DURATION: byInteger(blocks.durationMs, 'durationMs'),
  },
  key: [byId(blocks.runId, 'runId'), byOrdinal],
  fallback: { field: 'RUN_OCCURRED_AT', direction: 'DESC' },
};

/** The blocks of all runs of a tenant: those of the newest run first, each run's in their order, unless wished otherwise. */
export function toBlockListing(
  tenantId: string,
  { where, orderBy }: ListingArguments = {},
): Listing<BlockRecord> {
  return {
    connection: 'Query.blocks',
    table: blocks,
    columns,
    ...toWheres(tenantId, where),
    ...toOrder(ordering, orderBy),
  };
}

function toWheres(tenantId: string, where: ListingArguments['where']) {
  const isOfTenant = eq(blocks.tenantId, tenantId);
  let asksRuns = false;
  const toWhere = (relating: Relating, among?: SQL) => {
    const listRunIds: ListRunIds = (...related) => {
      asksRuns = true;
      return toListRunIds(tenantId, among)(...related);
    };
    return and(isOfTenant, compileFilter(where, toBlockSubject(relating, listRunIds)));
  };
  const wheres = { where: toWhere('lookUp'), toWhereOfAll: () => toWhere('join'), isFixed: !where };
  if (!asksRuns) return wheres;
  const among: Among = { keys: isOfTenant, parent: blocks.runId, toWhere: (ids) => toWhere('lookUp', ids) };
  return { ...wheres, among };
}

/** The names of a run's own connection and its order, whether it is read from the run's row or from the blocks' own. */
export const BLOCKS_OF_RUN = 'AutomationRun.blocks';
export const ORDINAL_ORDER = 'ORDINAL ASC';

/** The blocks of single runs, in the order of their run's list. */
export function toBlocksOfRunListing(tenantId: string, { where }: ListingArguments): Listing<BlockRecord> {
  return {
    connection: BLOCKS_OF_RUN,
    table: blocks,
    columns,
    ...toWheres(tenantId, where),
    order: ORDINAL_ORDER,
    terms: [{ ...byOrdinal, direction: 'asc' }],
  };
}

/** Tells the run of a block, for listing the blocks of several. */
export const runOfBlock = blocks.runId;
