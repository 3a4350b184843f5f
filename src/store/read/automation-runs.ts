import { and, eq, getTableColumns, type SQL, sql } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { toTextArray } from '../recordset.ts';
import { automationRuns } from '../tables.ts';
import type { Listing } from './list-page.ts';

const { origins: _origins, titleKey: _titleKey, ...columns } = getTableColumns(automationRuns);

/** A run as it is read. */
export type AutomationRunRecord = Omit<typeof automationRuns.$inferSelect, 'origins' | 'titleKey'>;

/** The runs of a tenant, newest first. */
export function toAutomationRunListing(
  connection: string,
  tenantId: string,
  condition?: SQL,
): Listing<AutomationRunRecord> {
  return {
    connection,
    table: automationRuns,
    columns,
    where: and(eq(automationRuns.tenantId, tenantId), condition),
    order: 'OCCURRED_AT DESC',
    terms: [
      {
        expression: automationRuns.occurredAt,
        direction: 'desc',
        nullable: false,
        kind: 'instant',
        valueOf: (run) => run.occurredAt,
      },
      {
        expression: automationRuns.runId,
        direction: 'desc',
        nullable: false,
        kind: 'text',
        valueOf: (run) => run.runId,
      },
    ],
  };
}

/** The runs of one automation, newest first. */
export function toRunsOfAutomation(tenantId: string, automationId: string): Listing<AutomationRunRecord> {
  return toAutomationRunListing('Automation.runs', tenantId, eq(automationRuns.automationId, automationId));
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
