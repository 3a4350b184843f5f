import { type SQLWrapper, sql } from 'drizzle-orm';
import {
  AUTOMATION_RUN_STATUSES,
  type AutomationRunOutcome,
  toOutcome,
} from '../../../domain/runs/automation-run.ts';
import { automationRuns } from '../../tables/projection-tables.ts';
import { countOf, durationsOf, sumOf } from './aggregates.ts';
import { defineSubject } from './subject.ts';

const toStatusesOf = (outcome: string) =>
  AUTOMATION_RUN_STATUSES.filter((status) => toOutcome(status) === outcome);

/*
 * Words are literals, not parameters. They are constants of this code, so the text of the statement
 * stays the same.
 */
const toOutcomeOf = (status: SQLWrapper) => {
  const cases = AUTOMATION_RUN_STATUSES.map((word) => `when '${word}' then '${toOutcome(word)}'`);
  return sql`case ${status} ${sql.raw(cases.join(' '))} end`;
};
const hasOutcome = (outcome: AutomationRunOutcome) => {
  const statuses = toStatusesOf(outcome).map((status) => `'${status}'`);
  return sql`${automationRuns.status} in (${sql.raw(statuses.join())})`;
};

export const RUNS = defineSubject({
  name: 'AutomationRun',
  plural: 'runs',
  table: automationRuns,
  key: ['runId'],
  fallback: { field: 'OCCURRED_AT', direction: 'DESC' },
  fields: {
    runId: { kind: 'id', filter: "the run's Qlik id" },
    automationId: {
      kind: 'id',
      filter: "the Qlik id of the run's automation",
      grouping: ['AUTOMATION', 'automation'],
    },
    title: {
      kind: 'text',
      folded: 'titleKey',
      filter: 'the title of the run',
      order: ['TITLE', 'title, ignoring case'],
    },
    status: {
      kind: 'word',
      enum: 'AutomationRunStatus',
      filter: 'the status of the run',
      grouping: ['STATUS', 'status'],
    },
    outcome: {
      kind: 'word',
      enum: 'AutomationRunOutcome',
      column: 'status',
      toStored: toStatusesOf,
      toWord: toOutcomeOf,
      filter: 'the outcome of the run',
      grouping: ['OUTCOME', 'outcome'],
    },
    context: {
      kind: 'word',
      enum: 'AutomationRunContext',
      filter: 'what started the run',
      grouping: ['CONTEXT', 'context'],
    },
    billable: {
      kind: 'flag',
      filter: 'whether the run is billable',
      grouping: ['BILLABLE', 'value of `billable`'],
    },
    isTestRun: { kind: 'flag', filter: 'whether the run is a test run' },
    isArchived: { kind: 'flag', filter: 'whether the run is archived' },
    executedById: {
      kind: 'id',
      filter: "the Qlik id of the run's executor",
      grouping: ['EXECUTOR', 'executor'],
    },
    ownerId: { kind: 'id', filter: "the Qlik id of the run's owner", grouping: ['OWNER', 'owner'] },
    spaceId: { kind: 'id', filter: "the Qlik id of the run's space", grouping: ['SPACE', 'space'] },
    occurredAt: {
      kind: 'instant',
      filter: 'the time of the run (`occurredAt`)',
      order: [
        'OCCURRED_AT',
        'the time of the run: its start, else its creation, else its stop, else the time of its event',
      ],
    },
    startTime: { kind: 'instant', filter: 'when the run started', order: ['START_TIME', 'start time'] },
    stopTime: { kind: 'instant', filter: 'when the run stopped', order: ['STOP_TIME', 'stop time'] },
    createdAt: {
      kind: 'instant',
      filter: 'when the run was created',
      order: ['CREATED_AT', 'creation time'],
    },
    durationMs: {
      kind: 'integer',
      filter: 'the milliseconds from start to stop',
      order: ['DURATION', 'the time from start to stop'],
    },
    queuedMs: {
      kind: 'integer',
      filter: 'the milliseconds from creation to start',
      order: ['QUEUED', 'the time from creation to start'],
    },
    totalApiCalls: {
      kind: 'integer',
      filter: 'the API calls of the run',
      order: ['TOTAL_API_CALLS', 'the API calls reported for the whole run'],
    },
    rxBytes: {
      kind: 'integer',
      filter: 'the bytes that the run received',
      order: ['RX_BYTES', 'the bytes received'],
    },
    txBytes: {
      kind: 'integer',
      filter: 'the bytes that the run sent',
      order: ['TX_BYTES', 'the bytes sent'],
    },
  },
  relations: { someBlock: { to: 'Block', filter: 'runs with at least one such block' } },
  statistics: {
    time: automationRuns.occurredAt,
    timeFilter: ['occurredAt'],
    aggregates: {
      successCount: countOf(hasOutcome('SUCCESS'), undefined, 'The number of runs with the outcome SUCCESS.'),
      warningCount: countOf(hasOutcome('WARNING'), undefined, 'The number of runs with the outcome WARNING.'),
      failureCount: countOf(
        hasOutcome('FAILURE'),
        'FAILURE_COUNT',
        'The number of runs with the outcome FAILURE.',
      ),
      billableCount: countOf(automationRuns.billable, 'BILLABLE_COUNT', 'The number of billable runs.'),
      totalApiCalls: sumOf(
        automationRuns.totalApiCalls,
        'TOTAL_API_CALLS',
        'The sum of the API calls. Null if no run reports them.',
      ),
      rxBytes: sumOf(
        automationRuns.rxBytes,
        'RX_BYTES',
        'The sum of the bytes received. Null if no run reports them.',
      ),
      txBytes: sumOf(
        automationRuns.txBytes,
        'TX_BYTES',
        'The sum of the bytes sent. Null if no run reports them.',
      ),
      duration: durationsOf(
        automationRuns.durationMs,
        { DURATION_P50: 'p50', DURATION_P95: 'p95', DURATION_MAX: 'max' },
        'The time from start to stop, in milliseconds.',
      ),
      queued: durationsOf(automationRuns.queuedMs, {}, 'The time from creation to start, in milliseconds.'),
    },
  },
});
