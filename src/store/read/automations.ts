import { and, eq, getTableColumns } from 'drizzle-orm';
import { automations } from '../tables/projection-tables.ts';
import { compileFilter } from './filters/filter.ts';
import { automationSubject } from './filters/filter-subjects.ts';
import { toFinder } from './find-by-keys.ts';
import type { Listing, ListingArguments } from './pages/list-page.ts';
import { type Ordering, toOrder } from './pages/order.ts';
import { byFoldedText, byId, byInstant } from './pages/terms.ts';

const { origins: _origins, lastEventAt: _lastEventAt, ...columns } = getTableColumns(automations);

/** An automation as readers get it. */
export type AutomationRecord = Omit<typeof automations.$inferSelect, 'origins' | 'lastEventAt'>;

const ordering: Ordering<AutomationRecord> = {
  fields: {
    LAST_RUN_AT: byInstant(automations.lastRunAt, 'lastRunAt', false),
    NAME: byFoldedText(automations.nameKey, 'nameKey'),
  },
  key: [byId(automations.automationId, 'automationId')],
  fallback: { field: 'LAST_RUN_AT', direction: 'DESC' },
};

/** Lists the automations of a tenant, by their last run, newest first by default. */
export function toAutomationListing(
  tenantId: string,
  { where, orderBy }: ListingArguments = {},
): Listing<AutomationRecord> {
  return {
    connection: 'Query.automations',
    table: automations,
    columns,
    where: and(eq(automations.tenantId, tenantId), compileFilter(where, automationSubject)),
    isFixed: !where,
    ...toOrder(ordering, orderBy),
  };
}

/** Finds automations by their ids. */
export const findAutomations = toFinder<string, AutomationRecord>('automations_by_id', {
  ...{ table: automations, key: automations.automationId, columns },
});
