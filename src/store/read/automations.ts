import { and, eq, getTableColumns, sql } from 'drizzle-orm';
import type { Database } from '../database.ts';
import { toTextArray } from '../recordset.ts';
import { automations } from '../tables.ts';
import type { Listing } from './list-page.ts';

const {
  origins: _origins,
  nameKey: _nameKey,
  lastEventAt: _lastEventAt,
  ...columns
} = getTableColumns(automations);

/** An automation as it is read. */
export type AutomationRecord = Omit<typeof automations.$inferSelect, 'origins' | 'nameKey' | 'lastEventAt'>;

/** The automations of a tenant, the last to run first. */
export function toAutomationListing(tenantId: string): Listing<AutomationRecord> {
  return {
    connection: 'Query.automations',
    table: automations,
    columns,
    where: eq(automations.tenantId, tenantId),
    order: 'LAST_RUN_AT DESC',
    terms: [
      {
        expression: automations.lastRunAt,
        direction: 'desc',
        nullable: false,
        kind: 'instant',
        valueOf: (automation) => automation.lastRunAt,
      },
      {
        expression: automations.automationId,
        direction: 'desc',
        nullable: false,
        kind: 'text',
        valueOf: (automation) => automation.automationId,
      },
    ],
  };
}

/** Finds automations by their ids, in any order. */
export function findAutomations(
  database: Database,
  tenantId: string,
  automationIds: readonly string[],
): Promise<AutomationRecord[]> {
  return database.read((queries) =>
    queries
      .select(columns)
      .from(automations)
      .where(
        and(
          eq(automations.tenantId, tenantId),
          sql`${automations.automationId} = any(${toTextArray(automationIds)})`,
        ),
      )
      .prepare('automations_by_id')
      .execute(),
  );
}
