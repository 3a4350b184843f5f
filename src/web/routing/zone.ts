import { usePlace } from './place.ts';

/** The zone without `zone` in the address. A copied address shows the same everywhere. */
const DEFAULT_ZONE = 'UTC';

/** Returns the time zone in which the view shows times and begins days. */
export function useZone(): string {
  const zone = usePlace().params.get('zone');
  return zone !== null && isZone(zone) ? zone : DEFAULT_ZONE;
}

/** Lists the zones to choose from: UTC and the reader's first. */
export function listZones(): string[] {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return [...new Set([DEFAULT_ZONE, own, ...Intl.supportedValuesOf('timeZone')])];
}

/** The zones that were asked for, and whether there are such zones. */
const known = new Map([[DEFAULT_ZONE, true]]);

function isZone(zone: string): boolean {
  const isValid = known.get(zone) ?? canFormat(zone);
  known.set(zone, isValid);
  return isValid;
}

function canFormat(timeZone: string): boolean {
  try {
    Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
}
