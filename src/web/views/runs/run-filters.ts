import type { VariablesOf } from 'gql.tada';
import type { FilterField } from '../../parts/filters/filter-field.ts';
import { filterKinds } from '../../parts/filters/filter-kinds.ts';
import { OUTCOMES } from '../../parts/outcome.tsx';
import { type RunGrouping, useConnectors, useRunKeys } from './run-suggestions.ts';
import type { RunsDocument } from './runs-documents.ts';

export type RunWhere = VariablesOf<typeof RunsDocument>['where'];

const STATUSES = [
  ...['FAILED', 'EXCEEDED_LIMIT', 'FINISHED_WITH_WARNINGS', 'FINISHED', 'STOPPED', 'MUST_STOP'],
  ...['RUNNING', 'STARTING', 'QUEUED', 'NOT_STARTED', 'UNKNOWN'],
] as const;
const CONTEXTS = [
  ...['SCHEDULER', 'WEBHOOK', 'API', 'API_SYNC', 'API_ASYNC', 'INTERACTIVE', 'EDITOR', 'DETAIL'],
  ...['LOOKUP', 'TEST_RUN', 'UNKNOWN'],
] as const;
type Status = NonNullable<NonNullable<RunWhere['status']>['eq']>;
type Context = NonNullable<NonNullable<RunWhere['context']>['eq']>;

const { choices, ids, text, flag, number } = filterKinds<RunWhere>();

const suggest = (grouping: RunGrouping, field: FilterField<RunWhere>): FilterField<RunWhere> => ({
  ...field,
  useSuggestions: () => useRunKeys(grouping),
});

/** The filters of the list of runs, the frequent ones first. */
export const RUN_FILTERS: readonly FilterField<RunWhere>[] = [
  { ...choices('outcome', 'Outcome', OUTCOMES, (outcome) => ({ outcome })), isPinned: true },
  text('title', 'Title contains', (contains) => ({ title: { contains } })),
  suggest(
    'AUTOMATION',
    ids('automation', 'Automation', (automationId) => ({ automationId })),
  ),
  choices<Status>('status', 'Status', STATUSES as readonly Status[], (status) => ({ status })),
  choices<Context>('context', 'Started by', CONTEXTS as readonly Context[], (context) => ({ context })),
  number('longer', 'Duration at least', 'seconds', 1_000, (gte) => ({ durationMs: { gte } })),
  number('shorter', 'Duration at most', 'seconds', 1_000, (lte) => ({ durationMs: { lte } })),
  number('queued', 'Queued at least', 'seconds', 1_000, (gte) => ({ queuedMs: { gte } })),
  number('calls', 'API calls at least', '', 1, (gte) => ({ totalApiCalls: { gte } })),
  number('received', 'Received at least', 'MB', 1_000_000, (gte) => ({ rxBytes: { gte } })),
  number('sent', 'Sent at least', 'MB', 1_000_000, (gte) => ({ txBytes: { gte } })),
  {
    ...ids('connector', 'Connector', (connectorId) => ({ someBlock: { connectorId } })),
    useSuggestions: useConnectors,
  },
  text('block', 'Block name contains', (contains) => ({ someBlock: { blockName: { contains } } })),
  flag('billable', 'Billable', (eq) => ({ billable: { eq } })),
  flag('test', 'Test run', (eq) => ({ isTestRun: { eq } })),
  flag('archived', 'Archived', (eq) => ({ isArchived: { eq } })),
  suggest(
    'EXECUTOR',
    ids('executor', 'Executed by', (executedById) => ({ executedById })),
  ),
  suggest(
    'OWNER',
    ids('owner', 'Owner', (ownerId) => ({ ownerId })),
  ),
  suggest(
    'SPACE',
    ids('space', 'Space', (spaceId) => ({ spaceId })),
  ),
];
