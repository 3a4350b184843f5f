import { Refusal } from '../../../domain/refusal.ts';

/**
 * IANA's names of three letters. The runtime also knows abbreviations, such as IST and PST, which
 * IANA does not.
 */
const SHORT_NAMES = new Set('CET EET EST GMT HST MET MST PRC ROC ROK UCT UTC WET'.split(' '));
/** Names that the runtime knows and IANA no longer does. */
const GONE = /^SystemV\/|^US\/Pacific-New$/i;
/** No name of IANA has more than 32 characters. */
const MAX_LENGTH = 64;
const ZONE_NAME = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/;

/**
 * Reads the name of an IANA time zone, current or old, in any case. Returns the runtime's name for
 * the zone, so that all spellings share one clock. Throws BAD_USER_INPUT for any other text: an
 * abbreviation, an offset such as `+02:00`, a path of a zone file, or a zone that the runtime's
 * data does not have yet.
 */
export function parseTimeZone(name: string): string {
  const timeZone = isName(name) ? findInRuntime(name) : undefined;
  if (timeZone !== undefined) return timeZone;
  throw new Refusal(
    'BAD_USER_INPUT',
    `timeZone: unknown time zone. Use an IANA name such as Europe/Berlin (the server has version ${process.versions.tz}).`,
  );
}

function isName(name: string): boolean {
  if (name.length > MAX_LENGTH || !ZONE_NAME.test(name) || GONE.test(name)) return false;
  return name.length !== 3 || SHORT_NAMES.has(name.toUpperCase());
}

function findInRuntime(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
