import { and, desc, eq, getTableColumns } from 'drizzle-orm';
import { automationRuns } from '../tables/projection-tables.ts';
import { compileFilter, type FilterInput } from './filters/filter.ts';
import { type Relating, toRunSubject } from './filters/filter-subjects.ts';
import { toFinder, toFirstFinder } from './find-by-keys.ts';
import { type KeyedFilter, type MatchTable, toKeyed } from './match-filters.ts';
import type { Listing, ListingArguments } from './pages/list-page.ts';
import { type Ordering, toOrder } from './pages/order.ts';
import { byFoldedText, byId, byInstant, byInteger } from './pages/terms.ts';

const { origins: _origins, ...columns } = getTableColumns(automationRuns);

/** A run as readers get it. */
export type AutomationRunRecord = Omit<typeof automationRuns.$inferSelect, 'origins'>;

const ordering: Ordering<AutomationRunRecord> = {
  fields: {
    OCCURRED_AT: byInstant(automationRuns.occurredAt, 'occurredAt', false),
    START_TIME: byInstant(automationRuns.startTime, 'startTime'),
    STOP_TIME: byInstant(automationRuns.stopTime, 'stopTime'),
    CREATED_AT: byInstant(automationRuns.createdAt, 'createdAt'),
    DURATION: byInteger(automationRuns.durationMs, 'durationMs'),
    QUEUED: byInteger(automationRuns.queuedMs, 'queuedMs'),
    TOTAL_API_CALLS: byInteger(automationRuns.totalApiCalls, 'totalApiCalls'),
    RX_BYTES: byInteger(automationRuns.rxBytes, 'rxBytes'),
    TX_BYTES: byInteger(automationRuns.txBytes, 'txBytes'),
    TITLE: byFoldedText(automationRuns.titleKey, 'titleKey'),
  },
  key: [byId(automationRuns.runId, 'runId')],
  fallback: { field: 'OCCURRED_AT', direction: 'DESC' },
};

/** Columns that every record has, because resolvers read related rows by them. */
const KEYS = ['tenantId', 'runId', 'automationId', 'occurredAt'] as const;

/** Fields whose columns have other names. */
const COLUMNS_OF_FIELDS: Readonly<Record<string, readonly string[]>> = {
  outcome: ['status'],
  network: ['rxBytes', 'txBytes'],
};

/**
 * Lists the runs of a tenant, newest first by default. Only the columns of the selected fields are
 * read; the records lack the others.
 */
export function toAutomationRunListing(
  connection: string,
  tenantId: string,
  { where, orderBy }: ListingArguments,
  selected: ReadonlySet<string>,
): Listing<AutomationRunRecord> {
  const toWhere = (relating: Relating) =>
    and(eq(automationRuns.tenantId, tenantId), compileFilter(where, toRunSubject(relating)));
  const order = toOrder(ordering, orderBy);
  const wanted = new Set<string>([...KEYS, ...order.terms.map(({ property }) => property)]);
  for (const field of selected) {
    for (const column of COLUMNS_OF_FIELDS[field] ?? [field]) wanted.add(column);
  }
  return {
    connection,
    table: automationRuns,
    columns: Object.fromEntries(Object.entries(columns).filter(([name]) => wanted.has(name))),
    where: toWhere('lookUp'),
    toWhereOfAll: () => toWhere('join'),
    isFixed: !where,
    ...order,
  };
}

/** The column of a run's automation, for lists per automation. */
export const automationOfRun = automationRuns.automationId;

/** Compiles a filter for `matchFilters`. Throws BAD_USER_INPUT. */
export function compileRunFilter(where: FilterInput | null | undefined): KeyedFilter | undefined {
  return toKeyed(where, compileFilter(where, toRunSubject()));
}

/** The table that subscriptions match runs in. */
export const runMatchTable: MatchTable = { table: automationRuns, key: automationRuns.runId, columns };

/** Finds runs by their ids. */
export const findAutomationRuns = toFinder<string, AutomationRunRecord>(
  'automation_runs_by_id',
  runMatchTable,
);

/** Finds the newest run of each automation. */
export const findLastRuns = toFirstFinder<string, AutomationRunRecord>(
  'last_runs',
  { table: automationRuns, key: automationRuns.automationId, columns },
  [desc(automationRuns.occurredAt), desc(automationRuns.runId)],
);
