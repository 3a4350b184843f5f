import { desc, getTableColumns } from 'drizzle-orm';
import type { TenantDatabase } from '../database/database.ts';
import { automationRuns } from '../tables/projection-tables.ts';
import { compileFilter } from './filters/filter.ts';
import { toRunSubject } from './filters/filter-subjects.ts';
import { toFinder, toFirstFinder } from './find-by-keys.ts';
import type { Listing, ListingArguments } from './pages/list-page.ts';
import { createReader } from './reader.ts';
import { RUNS } from './subjects/runs.ts';

const { origins: _origins, ...columns } = getTableColumns(automationRuns);

const COLUMNS = Object.entries(columns);

/** The record of a run: the columns that clients can read. */
export type AutomationRunRecord = Omit<typeof automationRuns.$inferSelect, 'origins'>;

/** Columns that every record has, because resolvers read related rows by them. */
const KEYS = ['tenantId', 'runId', 'automationId', 'occurredAt'] as const;

export type RunColumn = keyof AutomationRunRecord;

/**
 * A run of which some columns were read: the keys, and the columns `Column`. A column that is not
 * named is not in the type, because its value may be missing.
 */
export type RunWith<Column extends RunColumn = never> = Pick<
  AutomationRunRecord,
  (typeof KEYS)[number] | Column
>;

export const runReader = createReader<RunWith>(RUNS, columns, toRunSubject());

/**
 * Lists the runs of a tenant, newest first by default. Only the keys, the columns of the order and
 * the `selected` columns are read.
 */
export function toAutomationRunListing(
  connection: string,
  database: TenantDatabase,
  args: ListingArguments,
  selected: ReadonlySet<RunColumn>,
): Listing<RunWith> {
  const listing = runReader.toListing(connection, database, args);
  const wanted = new Set<string>([...KEYS, ...selected, ...listing.terms.map(({ property }) => property)]);
  return {
    ...listing,
    columns: Object.fromEntries(COLUMNS.filter(([name]) => wanted.has(name))),
    toWhereOfAll: () => compileFilter(args.where, toRunSubject('join')),
  };
}

/** The column of a run's automation, for lists per automation. */
export const automationOfRun = automationRuns.automationId;

/** Finds runs by their ids. */
export const findAutomationRuns = toFinder<string, AutomationRunRecord>(
  'automation_runs_by_id',
  runReader.matchTable,
);

/** Finds the newest run of each automation. */
export const findLastRuns = toFirstFinder<string, AutomationRunRecord>(
  'last_runs',
  { table: automationRuns, key: automationRuns.automationId, columns },
  [desc(automationRuns.occurredAt), desc(automationRuns.runId)],
);
