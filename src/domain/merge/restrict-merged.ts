import type { AppFacts } from '../apps/app.ts';
import { toAttributeField } from '../apps/merge-app.ts';
import type { Instant } from '../values/instant.ts';
import { type Merged, originOf, type Stamp, toOrigins } from './merge.ts';

/** Returns whether an event belongs to the wanted events. */
type IsWanted = (stamp: Stamp) => boolean;

/**
 * Restricts merged facts to the values that came from the wanted events; undefined if there
 * are none. Merged with the facts of all other events, the result is complete again.
 */
export function restrictMerged<Facts extends { lastEventAt: Instant }>(
  merged: Merged<Facts>,
  isWanted: IsWanted,
): Merged<Facts> | undefined {
  const picked = pickValues(merged, isWanted);
  return picked && { values: picked.values, origins: toOrigins(picked.origins) };
}

/** Like `restrictMerged`, for an app: each extra attribute has its own origin. */
export function restrictApp(app: Merged<AppFacts>, isWanted: IsWanted): Merged<AppFacts> | undefined {
  const picked = pickValues(app, isWanted);
  if (picked === undefined) return undefined;
  const { values, origins, newest } = picked;
  const extraAttributes = new Map(
    [...app.values.extraAttributes].filter(([key]) => {
      const origin = originOf(app.origins, toAttributeField(key));
      if (origin === undefined || !isWanted(origin)) return false;
      origins.set(toAttributeField(key), origin);
      return true;
    }),
  );
  // Every event states all extra attributes, possibly none.
  if (!origins.has('extraAttributes')) origins.set('extraAttributes', newest);
  return { values: { ...values, extraAttributes }, origins: toOrigins(origins) };
}

function pickValues<Facts extends { lastEventAt: Instant }>(
  { values, origins }: Merged<Facts>,
  isWanted: IsWanted,
): { values: Facts; origins: Map<string, Stamp>; newest: Stamp } | undefined {
  // The first stamp is the newest.
  const newest = origins.stamps.find(isWanted);
  if (newest === undefined) return undefined;
  const picked = { ...values };
  const kept = new Map<string, Stamp>();
  for (const field of Object.keys(values) as (keyof Facts & string)[]) {
    const origin = originOf(origins, field);
    if (values[field] !== undefined && origin !== undefined && isWanted(origin)) kept.set(field, origin);
    else picked[field] = undefined as Facts[typeof field];
  }
  if (!kept.has('lastEventAt')) {
    // A lower bound: a later event among the others replaces it.
    picked.lastEventAt = newest.time;
    kept.set('lastEventAt', newest);
  }
  return { values: picked, origins: kept, newest };
}
