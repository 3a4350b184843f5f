import type { VariablesOf } from 'gql.tada';
import type { FilterField } from '../../parts/filters/filter-field.ts';
import { filterKinds } from '../../parts/filters/filter-kinds.ts';
import { OUTCOMES } from '../../parts/outcome.tsx';
import type { AutomationsDocument } from './automations-documents.ts';

export type AutomationWhere = VariablesOf<typeof AutomationsDocument>['where'];

const { choices, daysAgo, flag, ids, number, text } = filterKinds<AutomationWhere>();

/** The filters of the list of automations; most are about the last run. */
export const AUTOMATION_FILTERS: readonly FilterField<AutomationWhere>[] = [
  { ...choices('outcome', 'Last run', OUTCOMES, (outcome) => ({ lastRun: { outcome } })), isPinned: true },
  text('name', 'Name contains', (contains) => ({ name: { contains } })),
  daysAgo('idle', 'Idle for at least', (lt) => ({ lastRunAt: { lt } })),
  daysAgo('active', 'Ran in the last', (gte) => ({ lastRunAt: { gte } })),
  ids('automation', 'Automation id', (automationId) => ({ automationId })),
  ids('owner', 'Owner (user id)', (ownerId) => ({ lastRun: { ownerId } })),
  ids('space', 'Space id', (spaceId) => ({ lastRun: { spaceId } })),
  number('longer', 'Last run took at least', 'seconds', 1_000, (gte) => ({
    lastRun: { durationMs: { gte } },
  })),
  flag('billable', 'Last run billable', (eq) => ({ lastRun: { billable: { eq } } })),
];
