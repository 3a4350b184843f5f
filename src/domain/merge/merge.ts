import type { Instant } from '../values/instant.ts';
import { compareCodePoints } from '../values/text.ts';

/** Orders the events about a subject: by time, then type, source and id. Unique per event. */
export interface Stamp {
  time: Instant;
  typeKey: string;
  source: string;
  eventId: string;
}

/**
 * The event that each value came from. A field without an entry in `of` came from the first
 * stamp, which suffices for most subjects.
 */
export interface Origins {
  stamps: readonly Stamp[];
  of: Readonly<Record<string, number>>;
}

/** The facts of a set of events about one subject, with the origin of each value. */
export interface Merged<Facts> {
  values: Facts;
  origins: Origins;
}

/** Positive prefers `next`, negative `current`, whatever their times; 0 the newer one. */
type Precedence<Value> = (next: Value, current: Value) => number;

/** The precedences of single fields. A field without one takes the newest value. */
export type Precedences<Facts> = { readonly [Field in keyof Facts]?: Precedence<NonNullable<Facts[Field]>> };

/** Compares two stamps. Returns 0 only for the same event. */
export function compareStamps(a: Stamp, b: Stamp): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1;
  return (
    compareCodePoints(a.typeKey, b.typeKey) ||
    compareCodePoints(a.source, b.source) ||
    compareCodePoints(a.eventId, b.eventId)
  );
}

/** Prefers the later instant. */
export function preferLater(next: Instant, current: Instant): number {
  return next === current ? 0 : next < current ? -1 : 1;
}

/** Returns the stamp of the event that a field's value came from. */
export function originOf(origins: Origins, field: string): Stamp | undefined {
  return origins.stamps[origins.of[field] ?? 0];
}

/** Returns the facts of one event as merged facts. */
export function toMerged<Facts>(facts: Facts, stamp: Stamp): Merged<Facts> {
  return { values: facts, origins: { stamps: [stamp], of: {} } };
}

/**
 * Merges the facts of two sets of events; both have every field, undefined included. A field takes
 * the value with the higher precedence, else that of the newer event; a missing value never
 * replaces a known one. The merge is commutative, associative and idempotent, so the order of
 * arrival does not matter.
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

/** Returns the canonical form: each stamp once, newest first, no entry for the first one. */
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
