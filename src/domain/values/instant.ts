/**
 * A moment as text, always in UTC with milliseconds and a four-digit year: `2026-11-22T09:30:00.000Z`. All
 * have one width, so the order of the texts is the order of time.
 */
export type Instant = string & { readonly __instant: unique symbol };

/** What a text says about time. `zoned` is false where the text names no offset and UTC is assumed. */
export interface ParsedInstant {
  instant: Instant;
  zoned: boolean;
}

const DATE = /^(\d{4}-\d{2}-\d{2})/.source;
const OFFSET = /(?:([Zz])|([+-])(\d{2}):(\d{2}))/.source;

const RFC_3339 = new RegExp(`${DATE}[Tt ](\\d{2}):(\\d{2}):(\\d{2})(?:\\.(\\d{1,9}))?${OFFSET}$`);

/** Java writes no seconds where they are zero, and the name of the zone behind the offset. */
const LENIENT = new RegExp(
  `${DATE}(?:[Tt ](\\d{2}):(\\d{2})(?::(\\d{2})(?:\\.(\\d{1,9}))?)?(?:${OFFSET}(?:\\[[\\w/+:.-]{1,64}\\])?)?)?$`,
);

const FIRST_INSTANT_MS = Date.parse('0001-01-01T00:00:00Z');
const LAST_INSTANT_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * Reads a time as events carry it, cut (not rounded) to the millisecond: RFC 3339; also without an offset,
 * without seconds, with a zone name in brackets behind the offset (ignored), or a date alone (midnight).
 * Returns undefined for every other text, for leap seconds, and outside the years 1 to 9999 in UTC.
 */
export function parseInstant(text: string): ParsedInstant | undefined {
  return parseWith(LENIENT, text);
}

/** Reads an RFC 3339 time: date, time with seconds, and offset. Otherwise as `parseInstant`. */
export function parseRfc3339(text: string): Instant | undefined {
  return parseWith(RFC_3339, text)?.instant;
}

function parseWith(pattern: RegExp, text: string): ParsedInstant | undefined {
  if (isPrintedInstant(text)) return { instant: text as Instant, zoned: true };
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, date = '', hour = '00', minute = '00', second = '00', fraction = ''] = match;
  const [utc, sign, offsetHour, offsetMinute] = match.slice(6);
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  if (Number(offsetHour ?? 0) > 23 || Number(offsetMinute ?? 0) > 59) return undefined;
  const millisecond = fraction.padEnd(3, '0').slice(0, 3);
  const local = Date.parse(`${date}T${hour}:${minute}:${second}.${millisecond}Z`);
  // Date.parse accepts 30 February and moves on to March, so the date is compared with what came out.
  if (Number.isNaN(local) || new Date(local).toISOString().slice(0, 10) !== date) return undefined;
  const offsetMs = (Number(offsetHour ?? 0) * 60 + Number(offsetMinute ?? 0)) * 60_000;
  const ms = sign === '-' ? local + offsetMs : local - offsetMs;
  if (ms < FIRST_INSTANT_MS || ms > LAST_INSTANT_MS) return undefined;
  return { instant: toInstant(ms), zoned: utc !== undefined || sign !== undefined };
}

/** Tells whether a text is an instant as we print it. Most are, and they need no further parsing. */
function isPrintedInstant(text: string): boolean {
  if (text.length !== 24) return false;
  const ms = Date.parse(text);
  return ms >= FIRST_INSTANT_MS && new Date(ms).toISOString() === text;
}

/** Milliseconds since 1970 as an instant; the caller keeps to the years 1 to 9999. */
export function toInstant(ms: number): Instant {
  return new Date(ms).toISOString() as Instant;
}

/** An instant as milliseconds since 1970. */
export function toMilliseconds(instant: Instant): number {
  return Date.parse(instant);
}

/**
 * Tells whether an instant is the zero value of Go's time.Time, which Qlik sends for "none" (facts, "Values
 * that bite").
 */
export function isZeroInstant(instant: Instant): boolean {
  return instant.startsWith('0001-01-01T00:00:00.000');
}

/** Milliseconds from one instant to another; undefined if one is missing or the difference is negative. */
export function toDurationMs(from: Instant | undefined, to: Instant | undefined): number | undefined {
  if (from === undefined || to === undefined) return undefined;
  const ms = toMilliseconds(to) - toMilliseconds(from);
  return ms < 0 ? undefined : ms;
}
