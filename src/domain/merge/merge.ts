import type { Instant } from '../values/instant.ts';
import { compareCodePoints } from '../values/text.ts';

/** What orders the events about one thing: time, then type, source and id by code point. Unique per event of a tenant. */
export interface Stamp {
  time: Instant;
  typeKey: string;
  source: string;
  eventId: string;
}

/**
 * Which event each value came from. A field without an entry in `of` came from the first stamp, so what a single event tells
 * (the common case) costs one stamp and no entries.
 */
export interface Origins {
  stamps: readonly Stamp[];
  of: Readonly<Record<string, number>>;
}

/** What a set of events says of one thing, field by field, with the origin of each value. */
export interface Merged<Facts> {
  values: Facts;
  origins: Origins;
}

/** Says which of two values wins whatever their times: positive for `next`, negative for `current`, 0 for the newer one. */
type Precedence<Value> = (next: Value, current: Value) => number;

/** The precedence of single fields; where there is none the newest value wins. */
export type Precedences<Facts> = { readonly [Field in keyof Facts]?: Precedence<NonNullable<Facts[Field]>> };

/** Compares two stamps; 0 only for one and the same event. */
export function compareStamps(a: Stamp, b: Stamp): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1;
  return (
    compareCodePoints(a.typeKey, b.typeKey) ||
    compareCodePoints(a.source, b.source) ||
    compareCodePoints(a.eventId, b.eventId)
  );
}

/** The precedence of the later instant. */
export function preferLater(next: Instant, current: Instant): number {
  return next === current ? 0 : next < current ? -1 : 1;
}

/** The stamp of the event that a field's value came from. */
export function originOf(origins: Origins, field: string): Stamp | undefined {
  return origins.stamps[origins.of[field] ?? 0];
}

/** What one event says, as a merge of one. */
export function toMerged<Facts>(facts: Facts, stamp: Stamp): Merged<Facts> {
  return { values: facts, origins: { stamps: [stamp], of: {} } };
}

/**
 * Joins what two sets of events say: per field the value with the higher precedence, else the one from the newer event; a
 * missing value never erases a known one. Commutative, associative and idempotent, so the order of arrival does not matter.
 */
export function mergeFacts<Facts extends object>(
  a: Merged<Facts>,
  b: Merged<Facts>,
  precedences: Precedences<Facts>,
): Merged<Facts> {
  const values = { ...a.values };
  const origins = new Map<string, Stamp>();
  for (const field of Object.keys(values) as (keyof Facts & string)[]) {
    const winner = pickWinner(field, a, b, precedences[field] as Precedence<unknown> | undefined);
    values[field] = winner.values[field];
    const origin = originOf(winner.origins, field);
    if (values[field] !== undefined && origin !== undefined) origins.set(field, origin);
  }
  return { values, origins: toOrigins(origins) };
}

function pickWinner<Facts>(
  field: keyof Facts & string,
  a: Merged<Facts>,
  b: Merged<Facts>,
  precedence: Precedence<unknown> | undefined,
): Merged<Facts> {
  const current = a.values[field];
  const next = b.values[field];
  if (next === undefined) return a;
  if (current === undefined) return b;
  return comparePicks(next, originOf(b.origins, field), current, originOf(a.origins, field), precedence) > 0
    ? b
    : a;
}

function comparePicks(
  next: unknown,
  nextOrigin: Stamp | undefined,
  current: unknown,
  currentOrigin: Stamp | undefined,
  precedence: Precedence<unknown> | undefined,
): number {
  const preferred = precedence?.(next, current) ?? 0;
  if (preferred !== 0 || nextOrigin === undefined || currentOrigin === undefined) return preferred;
  return compareStamps(nextOrigin, currentOrigin);
}

/** Packs origins: equal stamps once, the newest first, and no entry for what came from the first. One result per content. */
export function toOrigins(origins: ReadonlyMap<string, Stamp>): Origins {
  const stamps: Stamp[] = [];
  for (const stamp of origins.values()) {
    if (!stamps.some((other) => compareStamps(other, stamp) === 0)) stamps.push(stamp);
  }
  stamps.sort((a, b) => compareStamps(b, a));
  const of: Record<string, number> = {};
  for (const field of [...origins.keys()].sort()) {
    const stamp = origins.get(field);
    const index = stamps.findIndex((other) => stamp !== undefined && compareStamps(other, stamp) === 0);
    if (index > 0) of[field] = index;
  }
  return { stamps, of };
}
