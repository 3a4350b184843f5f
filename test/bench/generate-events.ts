import { Random } from '../../src/commands/demo/history/random.ts';
import type { JsonObject } from '../../src/domain/values/json.ts';

/** A tenant to make up: how much of what, over how long. The same seed gives the same events. */
export interface TenantPlan {
  tenantId: string;
  seed: number;
  runs: number;
  /** Blocks of every run; 1 to 30, few more often than many, if left out. */
  blocksPerRun?: number;
  automations: number;
  connectors: number;
  apps: number;
  /** Reloads of all apps together. */
  reloads: number;
  /** The time that everything happens in, ending at `until` (milliseconds since 1970). */
  days: number;
  until: number;
}

const DAY_MS = 86_400_000;
const STATUSES = [
  ['finished', 900],
  ['finished with warnings', 40],
  ['failed', 45],
  ['stopped', 8],
  ['exceeded limit', 7],
] as const;
const CONTEXTS = [
  ['scheduler', 60],
  ['webhook', 25],
  ['api', 10],
  ['editor', 3],
  ['test_run', 2],
] as const;
/** Share of a day's events that fall into each hour, and of a week's into each day from Sunday. */
const HOURS = [2, 2, 3, 2, 2, 3, 6, 9, 12, 12, 10, 9, 8, 9, 10, 9, 8, 6, 4, 3, 3, 2, 2, 2];
const WEEKDAYS = [3, 10, 11, 11, 11, 10, 3];

/** Makes up a tenant's events, oldest kind first: apps, then runs, then reloads. */
export function* generateEvents(plan: TenantPlan): Generator<JsonObject> {
  const random = new Random(plan.seed);
  for (let app = 0; app < plan.apps; app++) yield toAppCreated(plan, random, app);
  for (let run = 0; run < plan.runs; run++) yield toRunEnded(plan, random, run);
  for (let reload = 0; reload < plan.reloads; reload++) yield toReloadFinished(plan, random, reload);
}

function toRunEnded(plan: TenantPlan, random: Random, index: number): JsonObject {
  const createdAt = pickTime(plan, random);
  const startTime = createdAt + random.longTail(800, 1);
  const stopTime = startTime + random.longTail(12_000, 1.4);
  const length = plan.blocksPerRun ?? 1 + random.zipf(30);
  const blocks = Array.from({ length }, () => toBlock(plan, random));
  const bytes = random.longTail(40_000, 1.5);
  return {
    specversion: '1.0',
    id: `${plan.tenantId}-run-event-${index}`,
    source: 'com.qlik/automations',
    type: 'com.qlik.v1.automation.run.ended',
    time: toTime(stopTime),
    tenantid: plan.tenantId,
    userid: `user-${random.zipf(50)}`,
    toplevelresourceid: `automation-${random.zipf(plan.automations)}`,
    data: {
      id: `${plan.tenantId}-run-${index}`,
      title: `Run ${index % 997} of ${random.below(40)}`,
      status: random.weighted(STATUSES),
      context: random.weighted(CONTEXTS),
      billable: random.next() < 0.7,
      createdAt: toTime(createdAt),
      startTime: toTime(startTime),
      stopTime: toTime(stopTime),
      ownerId: `user-${random.zipf(50)}`,
      spaceId: `space-${random.zipf(12)}`,
      blocks,
      network: { rxBytes: Math.round(bytes), txBytes: Math.round(bytes / 7) },
      totalApiCalls: blocks.reduce((sum, block) => sum + Number(block.apiCalls), 0),
    },
  };
}

function toBlock(plan: TenantPlan, random: Random): JsonObject {
  const connector = random.zipf(plan.connectors);
  return {
    type: random.next() < 0.8 ? 'endpointBlock' : 'snippetBlock',
    rxBytes: Math.round(random.longTail(2_000, 1.2)),
    txBytes: Math.round(random.longTail(300, 1.2)),
    apiCalls: 1 + random.zipf(20),
    duration: Math.round(random.longTail(600, 1.3)),
    connectorId: `connector-${connector}`,
    endpointId: `endpoint-${connector}-${random.zipf(10)}`,
  };
}

function toAppCreated(plan: TenantPlan, random: Random, index: number): JsonObject {
  const time = toTime(plan.until - plan.days * DAY_MS);
  return {
    cloudEventsVersion: '0.1',
    source: 'com.qlik/engine',
    eventId: `${plan.tenantId}-app-event-${index}`,
    eventType: 'com.qlik.v1.app.created',
    eventTime: time,
    extensions: {
      tenantId: plan.tenantId,
      userId: `user-${random.zipf(50)}`,
      spaceId: `space-${random.zipf(12)}`,
    },
    data: {
      attributes: {
        id: `app-${index}`,
        name: `App ${index}`,
        ownerId: `user-${random.zipf(50)}`,
        createdDate: time,
      },
    },
  };
}

function toReloadFinished(plan: TenantPlan, random: Random, index: number): JsonObject {
  const app = random.zipf(plan.apps);
  const failed = random.next() < 0.06;
  const endTime = toTime(pickTime(plan, random));
  return {
    cloudEventsVersion: '0.1',
    source: 'com.qlik/engine',
    eventId: `${plan.tenantId}-reload-event-${index}`,
    eventType: 'com.qlik.v1.app.reload.finished',
    eventTime: endTime,
    extensions: {
      tenantId: plan.tenantId,
      userId: `user-${random.zipf(50)}`,
      topLevelResourceId: `app-${app}`,
    },
    data: {
      reloadId: `${plan.tenantId}-reload-${index}`,
      name: `App ${app}`,
      status: failed ? 'error' : 'ok',
      errors: failed ? ['Table not found'] : [],
      warnings: [],
      duration: Math.round(random.longTail(90, 1.2)),
      endTime,
      peakMemoryBytes: Math.round(random.longTail(2e8, 1)),
      size: { memory: Math.round(random.longTail(1e8, 1)) },
    },
  };
}

/** A moment in the plan's time, by the rhythm of the day and the week. */
function pickTime({ until, days }: TenantPlan, random: Random): number {
  for (;;) {
    const day = until - (1 + random.below(days)) * DAY_MS;
    const weekday = WEEKDAYS[new Date(day).getUTCDay()] ?? 1;
    if (random.next() * 11 > weekday) continue;
    const hour = random.weighted(HOURS.map((weight, index) => [index, weight] as const));
    return day - (day % DAY_MS) + hour * 3_600_000 + random.next() * 3_600_000;
  }
}

function toTime(ms: number): string {
  return new Date(ms).toISOString();
}
