import type { JsonObject } from '../../../domain/values/json.ts';
import type { Connector, Endpoint } from './endpoints.ts';
import { toCloudEvent } from './envelopes.ts';
import type { Random } from './random.ts';
import type { DemoAutomation } from './world.ts';

/** Why and when something runs. */
export interface Moment {
  id: string;
  /** When it starts; with `isEnd`, when it ends. */
  atMs: number;
  isEnd?: boolean;
  /** The part of the history that has passed: 0 to 1. Trends depend on it. */
  progress: number;
  isTest?: boolean;
  /** The connector that fails at this moment. */
  failing?: Connector | undefined;
}

/** An event and its time. */
export interface DemoEvent {
  ms: number;
  event: JsonObject;
}

const USUAL_FAILURES = 0.015;
const WARNINGS = 0.03;
const OUTAGE_FAILURES = 0.85;

const toText = (ms: number) => new Date(ms).toISOString();

/** Returns the event of a run that starts or ends at a moment. */
export function toRunEvent(
  tenantId: string,
  automation: DemoAutomation,
  moment: Moment,
  random: Random,
): DemoEvent {
  const { id: automationId, name, ownerId, spaceId, steps } = automation;
  const { id, atMs, isEnd = false, isTest = false } = moment;
  const status = toStatus(automation, moment, random);
  const isCut = status !== 'finished' && status !== 'finished with warnings';
  const failedStep = isCut ? toFailedStep(steps, moment.failing, random) : undefined;
  const durationMs = toDurationMs(automation, moment, isCut, random);
  const blocks = toBlocks(automation, failedStep, status, durationMs, random);
  const startMs = isEnd ? atMs - durationMs : atMs;
  const stopMs = startMs + durationMs;
  const queuedMs = Math.round(random.longTail(1_400, 0.9));
  const isScheduled = automation.schedule !== 'webhook' && automation.schedule !== 'by hand';
  const totalApiCalls = sum(blocks, 'apiCalls');
  // A run receives and sends more than its blocks report.
  const network = {
    rxBytes: Math.round(sum(blocks, 'rxBytes') * (6 + 8 * random.next())),
    txBytes: Math.round(sum(blocks, 'txBytes') * (6 + 8 * random.next())),
  };
  const data: JsonObject = {
    id,
    title: name,
    automation: { id: automationId, name },
    status,
    context: toContext(automation, isTest),
    billable: !isTest && steps.some(({ connector }) => connector.isThirdParty),
    isTestRun: isTest,
    isArchived: false,
    ownerId,
    spaceId,
    executedById: ownerId,
    createdAt: toText(startMs - queuedMs),
    startTime: toText(startMs),
    stopTime: toText(stopMs),
    updatedAt: toText(stopMs),
    ...(isScheduled && !isTest && { scheduledStartTime: toText(startMs - queuedMs) }),
    blocks,
    network,
    totalApiCalls,
    metrics: { network, totalApiCalls },
  };
  const ms = stopMs + 40 + random.below(900);
  const event = toCloudEvent({
    id: `${id}-ended`,
    source: 'com.qlik/automations',
    type: 'automation.run.ended',
    time: toText(ms),
    tenantId,
    userId: ownerId,
    ownerId,
    spaceId,
    resourceId: automationId,
    data,
  });
  return { ms, event };
}

function toStatus({ steps, traits }: DemoAutomation, { failing, isTest }: Moment, random: Random): string {
  const isHit = failing !== undefined && steps.some(({ connector }) => connector === failing);
  const usual = isTest ? 0.2 : (traits.failureRate ?? USUAL_FAILURES);
  const failures = isHit ? OUTAGE_FAILURES : usual;
  const chance = random.next();
  if (chance < failures) return 'failed';
  if (chance < failures + WARNINGS) return 'finished with warnings';
  if (chance < failures + WARNINGS + 0.006) return 'stopped';
  if (chance < failures + WARNINGS + 0.009) return 'exceeded limit';
  return 'finished';
}

function toFailedStep(steps: readonly Endpoint[], failing: Connector | undefined, random: Random): number {
  const hit = steps.findIndex(({ connector }) => connector === failing);
  return hit >= 0 ? hit : random.below(steps.length);
}

/** Durations are log-normal; a run that fails ends earlier. */
function toDurationMs(
  { medianMs, traits }: DemoAutomation,
  { progress }: Moment,
  isCut: boolean,
  random: Random,
): number {
  const median = medianMs * (1 + (traits.growth ?? 0) * progress);
  return Math.round(random.longTail(median, 0.35) * (isCut ? 0.15 + 0.5 * random.next() : 1));
}

function toContext({ schedule }: DemoAutomation, isTest: boolean): string {
  if (isTest) return 'test_run';
  if (schedule === 'webhook') return 'webhook';
  return schedule === 'by hand' ? 'detail' : 'scheduler';
}

type Block = JsonObject & { apiCalls: number; rxBytes: number; txBytes: number };

const NO_WORK = { rxBytes: 0, txBytes: 0, apiCalls: 0 };

/** Returns the blocks up to the failed one. The last block of a failure states the error. */
function toBlocks(
  { steps, baseBlock }: DemoAutomation,
  failedStep: number | undefined,
  status: string,
  durationMs: number,
  random: Random,
): Block[] {
  const executed = steps.slice(0, failedStep === undefined ? steps.length : failedStep + 1);
  const weights = executed.map(({ apiCalls }) => (1 + apiCalls) * (0.6 + random.next()));
  const total = weights.reduce((weight, more) => weight + more, 0);
  const blocks: Block[] = [
    { type: 'baseBlock', blockName: baseBlock, params: [], duration: random.below(40), ...NO_WORK },
  ];
  for (const [index, step] of executed.entries()) {
    const factor = random.longTail(1, 0.4) * (index === failedStep ? 0.3 : 1);
    blocks.push({
      type: 'endpointBlock',
      endpointId: step.id,
      connectorId: step.connector.id,
      rxBytes: Math.round(step.rxKilobytes * 1_000 * factor),
      txBytes: Math.round(step.txKilobytes * 1_000 * factor),
      apiCalls: Math.max(1, Math.round(step.apiCalls * factor)),
      duration: Math.round(((weights[index] ?? 0) / total) * durationMs * 0.94),
    });
  }
  const failed = failedStep === undefined ? undefined : steps[failedStep];
  if (failed === undefined || status !== 'failed') return blocks;
  const { name, connector } = failed;
  const message = `${connector.name}, ${name}: ${connector.errors[random.below(connector.errors.length)]}`;
  blocks.push({
    type: 'baseBlock',
    blockName: 'StopAutomationBlock',
    params: [{ status: 'failed', message }],
    duration: 1 + random.below(5),
    ...NO_WORK,
  });
  return blocks;
}

function sum(blocks: readonly Block[], member: 'apiCalls' | 'rxBytes' | 'txBytes'): number {
  return blocks.reduce((total, block) => total + block[member], 0);
}
