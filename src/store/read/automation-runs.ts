import { and, eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { toTextArray } from '../recordset.ts';
import { automationRuns } from '../tables.ts';
import { compileFilter, type FilterInput } from './filter.ts';
import { toRunSubject } from './filter-subjects.ts';
import type { Listing, ListingArguments } from './list-page.ts';
import { type Ordering, toOrder } from './order.ts';
import { byFoldedText, byId, byInstant, byInteger } from './terms.ts';

const { origins: _origins, ...columns } = getTableColumns(automationRuns);

/** A run as it is read. */
export type AutomationRunRecord = Omit<typeof automationRuns.$inferSelect, 'origins'>;

const ordering: Ordering<AutomationRunRecord> = {
  fields: {
    OCCURRED_AT: byInstant(automationRuns.occurredAt, (run) => run.occurredAt, false),
    START_TIME: byInstant(automationRuns.startTime, (run) => run.startTime),
    STOP_TIME: byInstant(automationRuns.stopTime, (run) => run.stopTime),
    CREATED_AT: byInstant(automationRuns.createdAt, (run) => run.createdAt),
    DURATION: byInteger(automationRuns.durationMs, (run) => run.durationMs),
    QUEUED: byInteger(automationRuns.queuedMs, (run) => run.queuedMs),
    TOTAL_API_CALLS: byInteger(automationRuns.totalApiCalls, (run) => run.totalApiCalls),
    RX_BYTES: byInteger(automationRuns.rxBytes, (run) => run.rxBytes),
    TX_BYTES: byInteger(automationRuns.txBytes, (run) => run.txBytes),
    TITLE: byFoldedText(automationRuns.titleKey, (run) => run.titleKey),
  },
  key: [byId(automationRuns.runId, (run) => run.runId)],
  fallback: { field: 'OCCURRED_AT', direction: 'DESC' },
};

/**
 * The runs of a tenant, newest first unless wished otherwise. Blocks and metrics, which may be large, are read only if they are
 * among the selected fields; the records lack them otherwise.
 */
export function toAutomationRunListing(
  connection: string,
  tenantId: string,
  { where, orderBy }: ListingArguments,
  selected: ReadonlySet<string>,
): Listing<AutomationRunRecord> {
  const { blocks, metrics, ...others } = columns;
  return {
    connection,
    table: automationRuns,
    columns: {
      ...others,
      ...(selected.has('blocks') && { blocks }),
      ...(selected.has('metrics') && { metrics }),
    },
    where: and(eq(automationRuns.tenantId, tenantId), compileFilter(where, toRunSubject())),
    ...toOrder(ordering, orderBy),
  };
}

/** Tells the automation of a run, for listing the runs of several. */
export const automationOfRun = automationRuns.automationId;

/** Compiles a filter for `findMatchingRun`. Throws BAD_USER_INPUT. */
export function compileRunFilter(where: FilterInput | null | undefined): SQL | undefined {
  return compileFilter(where, toRunSubject());
}

/** Finds a run if it matches a compiled filter. */
export async function findMatchingRun(
  database: Database,
  tenantId: string,
  runId: string,
  matches: SQL | undefined,
): Promise<AutomationRunRecord | undefined> {
  const [run] = await database.read((queries) =>
    queries
      .select(columns)
      .from(automationRuns)
      .where(and(eq(automationRuns.tenantId, tenantId), eq(automationRuns.runId, runId), matches)),
  );
  return run;
}

/** Finds runs by their ids, in any order. */
export function findAutomationRuns(
  database: Database,
  tenantId: string,
  runIds: readonly string[],
): Promise<AutomationRunRecord[]> {
  return database.read((queries) =>
    queries
      .select(columns)
      .from(automationRuns)
      .where(
        and(
          eq(automationRuns.tenantId, tenantId),
          sql`${automationRuns.runId} = any(${toTextArray(runIds)})`,
        ),
      )
      .prepare('automation_runs_by_id')
      .execute(),
  );
}

/** Finds the newest run of each automation. */
export function findLastRuns(
  database: Database,
  tenantId: string,
  automationIds: readonly string[],
): Promise<AutomationRunRecord[]> {
  return database.read((queries) =>
    queries
      .selectDistinctOn([automationRuns.automationId], columns)
      .from(automationRuns)
      .where(
        and(
          eq(automationRuns.tenantId, tenantId),
          sql`${automationRuns.automationId} = any(${toTextArray(automationIds)})`,
        ),
      )
      .orderBy(
        automationRuns.automationId,
        sql`${automationRuns.occurredAt} desc`,
        sql`${automationRuns.runId} desc`,
      )
      .prepare('last_runs')
      .execute(),
  );
}
