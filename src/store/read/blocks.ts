import { getTableColumns, type SQL } from 'drizzle-orm';
import type { TenantDatabase } from '../database/database.ts';
import { blocks } from '../tables/projection-tables.ts';
import { compileFilter } from './filters/filter.ts';
import { type ListRunIds, type Relating, toBlockSubject, toListRunIds } from './filters/filter-subjects.ts';
import type { Listing, ListingArguments } from './pages/list-page.ts';
import { toOrder } from './pages/order.ts';
import type { Among } from './pages/read-part.ts';
import { byColumn, toOrdering } from './pages/terms.ts';
import { BLOCKS } from './subjects/blocks.ts';

const { blockNameKey: _blockNameKey, automationId: _automationId, ...columns } = getTableColumns(blocks);

/** The record of a block: the columns that clients can read. */
export type BlockRecord = Omit<typeof blocks.$inferSelect, 'blockNameKey' | 'automationId'>;

const ordering = toOrdering<BlockRecord>(BLOCKS);

/**
 * Lists the blocks of all runs of a tenant. By default the newest run comes first, and each run's
 * blocks are in their order.
 */
export function toBlockListing(
  database: TenantDatabase,
  { where, orderBy }: ListingArguments = {},
): Listing<BlockRecord> {
  return {
    connection: 'Query.blocks',
    database,
    table: blocks,
    columns,
    ...toWheres(database, where),
    ...toOrder(ordering, orderBy),
  };
}

function toWheres({ tenantId }: TenantDatabase, where: ListingArguments['where']) {
  let asksRuns = false;
  const toWhere = (relating: Relating, among?: SQL) => {
    const listRunIds: ListRunIds = (...related) => {
      asksRuns = true;
      return toListRunIds(tenantId, among)(...related);
    };
    return compileFilter(where, toBlockSubject(relating, listRunIds));
  };
  const wheres = { where: toWhere('lookUp'), toWhereOfAll: () => toWhere('join'), isFixed: !where };
  if (!asksRuns) return wheres;
  const among: Among = { parent: blocks.runId, toWhere: (ids) => toWhere('lookUp', ids) };
  return { ...wheres, among };
}

/**
 * The names of the connection `AutomationRun.blocks` and its order, whether a page is read from the
 * row of the run or from the table of blocks.
 */
export const BLOCKS_OF_RUN = 'AutomationRun.blocks';
export const ORDINAL_ORDER = 'ORDINAL ASC';

/** Lists the blocks of single runs in the order of the run. */
export function toBlocksOfRunListing(
  database: TenantDatabase,
  { where }: ListingArguments,
): Listing<BlockRecord> {
  return {
    connection: BLOCKS_OF_RUN,
    database,
    table: blocks,
    columns,
    ...toWheres(database, where),
    order: ORDINAL_ORDER,
    terms: [{ ...byColumn<BlockRecord>(blocks, 'ordinal'), direction: 'asc' }],
  };
}

/** The column of a block's run, for lists per run. */
export const runOfBlock = blocks.runId;
