import { AppEvents } from './apps.ts';
import type { Connector } from './endpoints.ts';
import { toCloudEvent } from './envelopes.ts';
import { toUuid } from './ids.ts';
import { Random } from './random.ts';
import { type DemoEvent, type Moment, toRunEvent } from './runs.ts';
import { DAY_MS, HOUR_MS, listMoments } from './schedule.ts';
import type { DemoTenant } from './world.ts';

export interface HistoryOptions {
  seed: number;
  /** The history ends before this moment. */
  untilMs: number;
  days: number;
  /** The part of all moments at which something runs; tests take less than 1. */
  share?: number;
}

/** What a tenant has sent in the past. */
export interface TenantHistory {
  /** Sent when they happened, by time. */
  events: DemoEvent[];
  /** Missed while the relay was away, and sent later by a backfill. */
  recovered: DemoEvent[];
  /** Items that the service puts into quarantine. */
  unusable: DemoEvent[];
}

/** The connectors that fail for some hours: how long before the end, and how long. */
const OUTAGES = [
  { hoursAgo: 51, hours: 5 },
  { hoursAgo: 24 * 19 + 6, hours: 9 },
  { hoursAgo: 24 * 44 + 3, hours: 4 },
];
/** How long before the end the relay was away, and for how long. */
const RELAY_AWAY = { hoursAgo: 24 * 33, hours: 7 };

/** Returns the past of a tenant: the same for the same options. */
export function generateHistory(tenant: DemoTenant, options: HistoryOptions): TenantHistory {
  const { untilMs } = options;
  const all = [
    ...listRuns(tenant, options),
    ...listAppEvents(tenant, options),
    ...listOthers(tenant, options),
  ]
    .filter(({ ms }) => ms < untilMs)
    .toSorted((a, b) => a.ms - b.ms);
  const isRecovered = ({ ms }: DemoEvent) => isWithin(RELAY_AWAY, ms, untilMs);
  const events = all.filter((event) => !isRecovered(event));
  return { events, recovered: all.filter(isRecovered), unusable: listUnusable(events) };
}

function listRuns(tenant: DemoTenant, options: HistoryOptions): DemoEvent[] {
  const { seed, untilMs, days, share = 1 } = options;
  const fromMs = untilMs - days * DAY_MS;
  const connectors = listConnectors(tenant);
  const toFailing = (ms: number) => {
    const index = OUTAGES.findIndex((outage) => isWithin(outage, ms, untilMs));
    return index < 0 ? undefined : connectors[(index * 2) % connectors.length];
  };
  return tenant.automations.flatMap((automation) => {
    const random = toRandom(seed, automation.id);
    const tests = listMoments('by hand', fromMs, untilMs, random).filter(() => random.below(8) === 0);
    const toRun = (isTest: boolean) => (atMs: number) => {
      const id = toUuid(`${seed}/${automation.id}/${atMs}/${isTest}/${random.next()}`);
      const progress = (atMs - fromMs) / (untilMs - fromMs);
      return toRunEvent(
        tenant.tenantId,
        automation,
        { id, atMs, progress, isTest, failing: toFailing(atMs) },
        random,
      );
    };
    const moments = listMoments(automation.schedule, ...toLife(automation, fromMs, untilMs), random);
    return [...moments.filter(() => random.next() < share).map(toRun(false)), ...tests.map(toRun(true))];
  });
}

function listAppEvents(tenant: DemoTenant, options: HistoryOptions): DemoEvent[] {
  const { seed, untilMs, days, share = 1 } = options;
  const fromMs = untilMs - days * DAY_MS;
  const writer = new AppEvents(tenant);
  return tenant.apps.flatMap((app) => {
    const random = toRandom(seed, app.id);
    const [bornMs, goneMs] = toLife(app, fromMs, untilMs);
    const toMoment = (atMs: number): Moment => ({
      id: toUuid(`${seed}/${app.id}/${atMs}/${random.next()}`),
      atMs,
      progress: (atMs - fromMs) / (untilMs - fromMs),
    });
    const reloads = listMoments(app.schedule, bornMs, goneMs, random).filter(() => random.next() < share);
    const exports = listMoments('by hand', bornMs, goneMs, random).filter(() => random.below(6) === 0);
    return [
      writer.change(app, 'app.created', toMoment(bornMs + 60_000 * random.below(600))),
      ...(app.schedule === 'by hand'
        ? []
        : [writer.change(app, 'app.published', toMoment(bornMs + 11 * HOUR_MS))]),
      ...reloads.flatMap((atMs) => writer.reload(app, toMoment(atMs), random)),
      ...exports.map((atMs) => writer.change(app, 'app.exported', toMoment(atMs))),
      ...(goneMs < untilMs ? [writer.change(app, 'app.deleted', toMoment(goneMs + HOUR_MS))] : []),
    ];
  });
}

/** Lists events of a type that the service does not model: a user opened a sheet. */
function listOthers({ tenantId, users }: DemoTenant, { seed, untilMs, days }: HistoryOptions): DemoEvent[] {
  const random = toRandom(seed, tenantId);
  return listMoments('by hand', untilMs - days * DAY_MS, untilMs, random).map((ms) => {
    const event = toCloudEvent({
      id: toUuid(`${seed}/${tenantId}/opened/${ms}`),
      source: 'com.qlik/analytics-app-client',
      type: 'analytics.analytics-app-client.sheet.opened',
      time: new Date(ms).toISOString(),
      tenantId,
      userId: users[random.below(users.length)]?.id ?? '',
      data: { sheetId: toUuid(`${tenantId}/sheet/${random.below(40)}`) },
    });
    return { ms, event };
  });
}

/** An event without an id, and one whose id is taken by an event with other content. */
function listUnusable(events: readonly DemoEvent[]): DemoEvent[] {
  const [withoutId, repeated] = [events.at(-40), events.at(-90)];
  if (withoutId === undefined || repeated === undefined) return [];
  const { id: _, eventId: __, ...rest } = withoutId.event;
  const { ms, event } = repeated;
  const other = { ...event, data: { id: 'changed-by-a-proxy' } };
  return [
    { ms: withoutId.ms, event: rest },
    { ms, event: other },
  ];
}

/** Lists the connectors of third parties that a tenant's automations use. */
export function listConnectors({ automations }: DemoTenant): Connector[] {
  const used = automations.flatMap(({ steps }) => steps.map(({ connector }) => connector));
  return [...new Set(used)].filter(({ isThirdParty }) => isThirdParty);
}

/** Returns the part of the history in which something exists. */
function toLife(
  { traits }: DemoTenant['apps'][number] | DemoTenant['automations'][number],
  fromMs: number,
  untilMs: number,
): [number, number] {
  const { from = 0, until = 1 } = traits;
  const lengthMs = untilMs - fromMs;
  return [fromMs + from * lengthMs, fromMs + until * lengthMs];
}

function isWithin(
  { hoursAgo, hours }: { hoursAgo: number; hours: number },
  ms: number,
  untilMs: number,
): boolean {
  const startMs = untilMs - hoursAgo * HOUR_MS;
  return ms >= startMs && ms < startMs + hours * HOUR_MS;
}

function toRandom(seed: number, name: string): Random {
  return new Random(seed + Number.parseInt(toUuid(name).slice(0, 8), 16));
}
