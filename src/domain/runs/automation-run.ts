import type { Instant } from '../values/instant.ts';
import type { JsonValue } from '../values/json.ts';
import { toWords } from '../values/value-reader.ts';

/** The states of a run (Qlik's page "Run ended", `data.status`). */
export const AUTOMATION_RUN_STATUSES = [
  'NOT_STARTED',
  'QUEUED',
  'STARTING',
  'RUNNING',
  'MUST_STOP',
  'STOPPED',
  'FINISHED',
  'FINISHED_WITH_WARNINGS',
  'FAILED',
  'EXCEEDED_LIMIT',
  'UNKNOWN',
] as const;
export type AutomationRunStatus = (typeof AUTOMATION_RUN_STATUSES)[number];

/** Groups of statuses. */
export const AUTOMATION_RUN_OUTCOMES = [
  'SUCCESS',
  'WARNING',
  'FAILURE',
  'STOPPED',
  'PENDING',
  'UNKNOWN',
] as const;
export type AutomationRunOutcome = (typeof AUTOMATION_RUN_OUTCOMES)[number];

/**
 * What started a run (`data.context`). API, INTERACTIVE and SCHEDULER are sent, but not
 * documented.
 */
export const AUTOMATION_RUN_CONTEXTS = [
  'TEST_RUN',
  'EDITOR',
  'DETAIL',
  'API_SYNC',
  'API_ASYNC',
  'WEBHOOK',
  'LOOKUP',
  'API',
  'INTERACTIVE',
  'SCHEDULER',
  'UNKNOWN',
] as const;
export type AutomationRunContext = (typeof AUTOMATION_RUN_CONTEXTS)[number];

export const BLOCK_TYPES = ['SNIPPET_BLOCK', 'ENDPOINT_BLOCK', 'BASE_BLOCK', 'UNKNOWN'] as const;
export type BlockType = (typeof BLOCK_TYPES)[number];

export const RUN_STATUS_WORDS = toWords(AUTOMATION_RUN_STATUSES.filter((status) => status !== 'UNKNOWN'));
export const RUN_CONTEXT_WORDS = toWords(AUTOMATION_RUN_CONTEXTS.filter((context) => context !== 'UNKNOWN'));
export const BLOCK_TYPE_WORDS = toWords(BLOCK_TYPES.filter((type) => type !== 'UNKNOWN'));

/** A block of a run as sent. It has no id. Sizes are in bytes, times in milliseconds. */
export interface BlockFacts {
  /** Index in the list as sent, from 0. */
  ordinal: number;
  type: BlockType;
  typeName: string | undefined;
  blockName: string | undefined;
  params: JsonValue[] | undefined;
  rxBytes: number | undefined;
  txBytes: number | undefined;
  apiCalls: number | undefined;
  durationMs: number | undefined;
  snippetId: string | undefined;
  endpointId: string | undefined;
  connectorId: string | undefined;
}

/** `data.metrics` as reported. */
export interface RunMetrics {
  rxBytes: number | undefined;
  txBytes: number | undefined;
  totalApiCalls: number | undefined;
  /** Whether `network` was reported at all. */
  hasNetwork: boolean;
  blocks: BlockFacts[];
}

/** The facts of one run event; undefined if not stated. */
export interface RunFacts {
  automationId: string | undefined;
  title: string | undefined;
  status: { word: AutomationRunStatus; name: string } | undefined;
  context: { word: AutomationRunContext; name: string } | undefined;
  billable: boolean | undefined;
  isTestRun: boolean | undefined;
  isArchived: boolean | undefined;
  executedById: string | undefined;
  ownerId: string | undefined;
  spaceId: string | undefined;
  createdAt: Instant | undefined;
  scheduledStartTime: Instant | undefined;
  startTime: Instant | undefined;
  stopTime: Instant | undefined;
  updatedAt: Instant | undefined;
  rxBytes: number | undefined;
  txBytes: number | undefined;
  totalApiCalls: number | undefined;
  metrics: RunMetrics | undefined;
  blocks: BlockFacts[] | undefined;
  /** Time of the event; of several events, the latest. */
  lastEventAt: Instant;
}

const FINAL: ReadonlySet<AutomationRunStatus> = new Set([
  'STOPPED',
  'FINISHED',
  'FINISHED_WITH_WARNINGS',
  'FAILED',
  'EXCEEDED_LIMIT',
]);

/** Returns whether a status is final. A non-final status never replaces a final one. */
export function isFinalStatus(status: AutomationRunStatus): boolean {
  return FINAL.has(status);
}

const OUTCOME: Record<AutomationRunStatus, AutomationRunOutcome> = {
  NOT_STARTED: 'PENDING',
  QUEUED: 'PENDING',
  STARTING: 'PENDING',
  RUNNING: 'PENDING',
  MUST_STOP: 'STOPPED',
  STOPPED: 'STOPPED',
  FINISHED: 'SUCCESS',
  FINISHED_WITH_WARNINGS: 'WARNING',
  FAILED: 'FAILURE',
  EXCEEDED_LIMIT: 'FAILURE',
  UNKNOWN: 'UNKNOWN',
};

/** Returns the outcome of a status. */
export function toOutcome(status: AutomationRunStatus): AutomationRunOutcome {
  return OUTCOME[status];
}
