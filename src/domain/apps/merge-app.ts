import {
  compareStamps,
  type Merged,
  mergeFacts,
  type Origins,
  originOf,
  type Precedences,
  preferLater,
  type Stamp,
  toOrigins,
} from '../merge/merge.ts';
import type { Instant } from '../values/instant.ts';
import type { JsonValue } from '../values/json.ts';
import type { AppFacts } from './app.ts';

const PRECEDENCES: Precedences<AppFacts> = {
  lastReloadTime: preferLater,
  lastExportedAt: preferLater,
  publishedEventAt: preferLater,
  lastEventAt: preferLater,
};

/** Merges facts about one app. Extra attributes are merged key by key. */
export function mergeApp(a: Merged<AppFacts>, b: Merged<AppFacts>): Merged<AppFacts> {
  const { values, origins } = mergeFacts(a, b, PRECEDENCES);
  const extraAttributes = new Map<string, JsonValue>();
  const all = new Map<string, Stamp>();
  for (const field of Object.keys(values)) {
    const origin = originOf(origins, field);
    if (values[field as keyof AppFacts] !== undefined && origin !== undefined) all.set(field, origin);
  }
  const keys = new Set([...a.values.extraAttributes.keys(), ...b.values.extraAttributes.keys()]);
  for (const key of [...keys].sort()) {
    const winner = pickAttribute(key, a, b);
    const origin = originOf(winner.origins, toAttributeField(key));
    extraAttributes.set(key, winner.values.extraAttributes.get(key) ?? null);
    if (origin !== undefined) all.set(toAttributeField(key), origin);
  }
  return { values: { ...values, extraAttributes }, origins: toOrigins(all) };
}

function pickAttribute(key: string, a: Merged<AppFacts>, b: Merged<AppFacts>): Merged<AppFacts> {
  if (!b.values.extraAttributes.has(key)) return a;
  if (!a.values.extraAttributes.has(key)) return b;
  const left = originOf(a.origins, toAttributeField(key));
  const right = originOf(b.origins, toAttributeField(key));
  return left !== undefined && right !== undefined && compareStamps(right, left) > 0 ? b : a;
}

/** Returns the field of an extra attribute; the prefix separates it from other fields. */
export function toAttributeField(key: string): string {
  return `attribute:${key}`;
}

/** Returns the time of the deletion; undefined if a created event is newer. */
export function toDeletedAt(values: AppFacts, origins: Origins): Instant | undefined {
  if (values.deletedAt === undefined || values.createdEventAt === undefined) return values.deletedAt;
  const deleted = originOf(origins, 'deletedAt');
  const created = originOf(origins, 'createdEventAt');
  if (deleted === undefined || created === undefined) return values.deletedAt;
  return compareStamps(created, deleted) > 0 ? undefined : values.deletedAt;
}
