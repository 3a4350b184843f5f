import { Random } from '../../../src/commands/demo/history/random.ts';
import { ENVELOPES, type EventParts } from '../events/envelopes.ts';

type Json = Record<string, unknown>;

export interface HistoryOptions {
  tenantId: string;
  seed: number;
  /** The days, oldest first: `2026-11-28`. */
  days: readonly string[];
  /** The number of events of modelled types in all days. */
  modelled: number;
}

/** An event of a tenant's past, and how its audit copy spells its type. */
export interface PastEvent {
  parts: EventParts;
  auditType: string;
  isModelled: boolean;
}

const DAY_MS = 86_400_000;
/** The part of other events: pages that a user opened, and the like. */
const OTHERS = 0.1;

/** Lists days up to today in UTC, oldest first. */
export function listDaysUntilNow(count: number): string[] {
  const today = Math.floor(Date.now() / DAY_MS);
  return Array.from({ length: count }, (_, index) =>
    new Date((today - count + 1 + index) * DAY_MS).toISOString().slice(0, 10),
  );
}

/**
 * The past of a Qlik Cloud tenant, the same for the same seed. A day is made when it is asked for,
 * so a history of any length takes little memory. Each day has an event at midnight, and one in its
 * last millisecond.
 */
export class History {
  readonly tenantId: string;
  readonly days: readonly string[];
  readonly #seed: number;
  readonly #modelledOf = new Map<string, number>();

  constructor({ tenantId, seed, days, modelled }: HistoryOptions) {
    this.tenantId = tenantId;
    this.days = days;
    this.#seed = seed;
    const random = new Random(seed);
    const weights = days.map(() => 0.5 + random.next());
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    let left = modelled;
    for (const [index, day] of days.entries()) {
      const share = Math.floor(((weights[index] ?? 0) / total) * modelled);
      const count = index === days.length - 1 ? left : share;
      this.#modelledOf.set(day, count);
      left -= count;
    }
  }

  /** The number of events of modelled types of a day. */
  countModelled(day: string): number {
    return this.#modelledOf.get(day) ?? 0;
  }

  /** The events of a day by time. */
  eventsOf(day: string): PastEvent[] {
    const modelled = this.countModelled(day);
    const random = new Random(this.#seed + 7_919 * (this.days.indexOf(day) + 1));
    const count = Math.ceil(modelled * (1 + OTHERS));
    const events = Array.from({ length: count }, (_, index) => {
      const isModelled = index < modelled;
      const ms = Date.parse(day) + random.below(DAY_MS - 1);
      const time = new Date(ms).toISOString();
      const parts = isModelled ? this.#toModelled(random, day, index) : this.#toOther(day, index);
      const prefix = random.weighted([
        ['com.qlik.v1.', 3],
        ['com.qlik.', 1],
      ]);
      return { parts: { ...parts, time }, auditType: prefix + parts.type, isModelled };
    });
    const [first, last] = [events[0], events[modelled - 1]];
    if (first !== undefined && modelled > 1) first.parts.time = `${day}T00:00:00Z`;
    if (last !== undefined && modelled > 1) last.parts.time = `${day}T23:59:59.999600Z`;
    return events.toSorted((a, b) => (a.parts.time < b.parts.time ? -1 : 1));
  }

  #toModelled(random: Random, day: string, index: number): Omit<EventParts, 'time'> {
    const id = `${day}-${index}`;
    const shared = { id, tenantId: this.tenantId, userId: 'user-1', ownerId: 'owner-1', spaceId: 'space-1' };
    const kind = random.weighted([
      ['run', 6],
      ['reload', 3],
      ['app', 1],
    ]);
    if (kind === 'run') {
      const resourceId = `automation-${random.zipf(50)}`;
      const data = { id: `run-${id}`, title: resourceId, status: random.weighted(STATUSES) };
      return { ...shared, source: 'com.qlik/automations', type: 'automation.run.ended', resourceId, data };
    }
    const resourceId = `app-${random.zipf(200)}`;
    const source = 'com.qlik/engine';
    if (kind === 'app') {
      const data = { id: resourceId, attributes: { id: resourceId, name: `App ${resourceId}` } };
      return { ...shared, source, type: 'app.data.updated', resourceId, data };
    }
    const data = { appId: resourceId, reloadId: `reload-${id}`, status: 'ok', duration: random.below(900) };
    return { ...shared, source, type: 'app.reload.finished', resourceId, data };
  }

  #toOther(day: string, index: number): Omit<EventParts, 'time'> {
    return {
      id: `${day}-${index}`,
      tenantId: this.tenantId,
      userId: 'user-1',
      source: 'com.qlik/analytics-app-client',
      type: 'analytics.analytics-app-client.sheet.opened',
      data: { sheetId: `sheet-${index}` },
    };
  }
}

const STATUSES = [
  ['finished', 8],
  ['failed', 1],
  ['finished with warnings', 1],
] as const;

/** The copy of an event that a webhook sends. */
export function toWebhookBody({ parts }: PastEvent): Json {
  return ENVELOPES.CLOUDEVENTS_1_0(parts);
}

/** The copy of an event in the audit log, or in its archive: that lacks its own id and links. */
export function toAuditItem({ parts, auditType }: PastEvent, place: 'audits' | 'archive'): Json {
  const { id, extensions, ...item }: Json = ENVELOPES.AUDIT(parts);
  if (place === 'archive') return { ...item, eventType: auditType };
  return { id, ...item, eventType: auditType, extensions, links: { self: { href: `/api/v1/audits/${id}` } } };
}

/** How webhooks differ from the events of a history. */
export interface WebhookFaults {
  seed: number;
  /** The part of events whose webhook is lost, and the part that is sent twice. */
  lost: number;
  repeated: number;
  /** A day whose webhooks arrive in random order. */
  disorderedDay?: string | undefined;
}

/** The webhooks that arrive of a day's modelled events, in order of arrival. */
export function listWebhooks(history: History, day: string, faults: WebhookFaults): PastEvent[] {
  const random = new Random(faults.seed + 104_729 * (history.days.indexOf(day) + 1));
  const arrived = history
    .eventsOf(day)
    .filter(({ isModelled }) => isModelled)
    .flatMap((event) => {
      if (random.next() < faults.lost) return [];
      return random.next() < faults.repeated ? [event, event] : [event];
    });
  if (day !== faults.disorderedDay) return arrived;
  const keyed = arrived.map((event) => ({ event, key: random.next() }));
  return keyed.toSorted((a, b) => a.key - b.key).map(({ event }) => event);
}
