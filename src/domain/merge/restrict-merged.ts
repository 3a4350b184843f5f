import type { AppFacts } from '../apps/app.ts';
import { toAttributeField } from '../apps/merge-app.ts';
import type { Instant } from '../values/instant.ts';
import { type Merged, originOf, type Stamp, toOrigins } from './merge.ts';

/** Tells whether an event is one of those that are asked for. */
type IsWanted = (stamp: Stamp) => boolean;

/**
 * What a merge knows from certain events alone: the values that came from them; undefined where none did. Joined with what all other
 * events say it gives the whole again, as what is left out came from those.
 */
export function restrictMerged<Facts extends { lastEventAt: Instant }>(
  merged: Merged<Facts>,
  isWanted: IsWanted,
): Merged<Facts> | undefined {
  const picked = pickValues(merged, isWanted);
  return picked && { values: picked.values, origins: toOrigins(picked.origins) };
}

/** The same of an app, whose extra attributes have an origin each. */
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
  // Every event says something of the attributes as a whole, be it that there are none.
  if (!origins.has('extraAttributes')) origins.set('extraAttributes', newest);
  return { values: { ...values, extraAttributes }, origins: toOrigins(origins) };
}

function pickValues<Facts extends { lastEventAt: Instant }>(
  { values, origins }: Merged<Facts>,
  isWanted: IsWanted,
): { values: Facts; origins: Map<string, Stamp>; newest: Stamp } | undefined {
  // The newest stamp stands first.
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
    // So late at least; a later event is among the others, and says so itself.
    picked.lastEventAt = newest.time;
    kept.set('lastEventAt', newest);
  }
  return { values: picked, origins: kept, newest };
}
