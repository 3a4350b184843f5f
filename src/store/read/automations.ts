import type { TenantDatabase } from '../database/database.ts';
import { automations } from '../tables/projection-tables.ts';
import type { FilterInput } from './filters/filter.ts';
import { AUTOMATION_SUBJECT } from './filters/filter-subjects.ts';
import { toFinder } from './find-by-keys.ts';
import type { Listing, ListingArguments } from './pages/list-page.ts';
import { createReader } from './reader.ts';
import { AUTOMATION_NAME, AUTOMATIONS, NAME_JOINS } from './subjects/automations.ts';

const { tenantId, automationId, lastRunAt } = automations;
const columns = { tenantId, automationId, lastRunAt };

/** The record of an automation. `name` is set if the statement had to read it. */
export interface AutomationRecord {
  tenantId: string;
  automationId: string;
  lastRunAt: typeof automations.$inferSelect.lastRunAt;
  name?: string | null;
}

const reader = createReader<AutomationRecord>(AUTOMATIONS, columns, AUTOMATION_SUBJECT);

/** Lists automations, by their last run by default, newest first. */
export function toAutomationListing(
  database: TenantDatabase,
  args: ListingArguments,
): Listing<AutomationRecord> {
  const listing = reader.toListing('Query.automations', database, args);
  const usesName = args.orderBy?.some(({ field }) => field === 'NAME') || mentionsName(args.where ?? {});
  if (!usesName) return listing;
  return { ...listing, joins: NAME_JOINS, columns: { ...listing.columns, name: AUTOMATION_NAME } };
}

/** Whether a valid filter has a condition on the name of the automation. */
function mentionsName({ name, and: all, or: some, not }: FilterInput): boolean {
  const nested = [all, some, not].flat().filter((filter) => filter !== undefined);
  return name !== undefined || nested.some((filter) => mentionsName(filter as FilterInput));
}

/** Finds automations by their ids, with their names, because most readers want both. */
export const findAutomations = toFinder<string, AutomationRecord>('automations_by_id', {
  ...{ table: automations, key: automationId, columns: { ...columns, name: AUTOMATION_NAME } },
  joins: NAME_JOINS,
});
