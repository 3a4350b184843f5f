/**
 * An instant as text, in UTC with milliseconds and a four-digit year:
 * `2026-11-22T09:30:00.000Z`. All have the same width, so they sort by time.
 */
export type Instant = string & { readonly __instant: unique symbol };

/** A parsed time. `zoned` is false if the text has no offset, so that UTC is assumed. */
export interface ParsedInstant {
  instant: Instant;
  zoned: boolean;
}

const DATE = /^(\d{4}-\d{2}-\d{2})/.source;
const OFFSET = /(?:([Zz])|([+-])(\d{2}):(\d{2}))/.source;

const RFC_3339 = new RegExp(`${DATE}[Tt ](\\d{2}):(\\d{2}):(\\d{2})(?:\\.(\\d{1,9}))?${OFFSET}$`);

/** Java omits zero seconds, and appends the name of the zone to the offset. */
const LENIENT = new RegExp(
  `${DATE}(?:[Tt ](\\d{2}):(\\d{2})(?::(\\d{2})(?:\\.(\\d{1,9}))?)?(?:${OFFSET}(?:\\[[\\w/+:.-]{1,64}\\])?)?)?$`,
);

const FIRST_INSTANT_MS = Date.parse('0001-01-01T00:00:00Z');
const LAST_INSTANT_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * Parses the time of an event, truncated to milliseconds: RFC 3339, also without an offset,
 * without seconds, with a zone name in brackets (ignored), or a date alone (midnight). Returns
 * undefined for every other text, for leap seconds, and outside the years 1 to 9999 in UTC.
 */
export function parseInstant(text: string): ParsedInstant | undefined {
  return parseWith(LENIENT, text);
}

/** Parses an RFC 3339 time: date, time with seconds, offset; otherwise like `parseInstant`. */
export function parseRfc3339(text: string): Instant | undefined {
  return parseWith(RFC_3339, text)?.instant;
}

function parseWith(pattern: RegExp, text: string): ParsedInstant | undefined {
  if (PRINTED.test(text)) return { instant: text as Instant, zoned: true };
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, date = '', hour = '00', minute = '00', second = '00', fraction = ''] = match;
  const [utc, sign, offsetHour, offsetMinute] = match.slice(6);
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  if (Number(offsetHour ?? 0) > 23 || Number(offsetMinute ?? 0) > 59) return undefined;
  const millisecond = fraction.padEnd(3, '0').slice(0, 3);
  const local = Date.parse(`${date}T${hour}:${minute}:${second}.${millisecond}Z`);
  // Date.parse turns 30 February into a day of March, so the result must have the same date.
  if (Number.isNaN(local) || new Date(local).toISOString().slice(0, 10) !== date) return undefined;
  const offsetMs = (Number(offsetHour ?? 0) * 60 + Number(offsetMinute ?? 0)) * 60_000;
  const ms = sign === '-' ? local + offsetMs : local - offsetMs;
  if (ms < FIRST_INSTANT_MS || ms > LAST_INSTANT_MS) return undefined;
  return { instant: toInstant(ms), zoned: utc !== undefined || sign !== undefined };
}

/** An instant as printed here, on a day that every month has. Most are, and need no parsing. */
const PRINTED =
  /^(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** Converts milliseconds since 1970 to an instant. They must be within the years 1 to 9999. */
export function toInstant(ms: number): Instant {
  return new Date(ms).toISOString() as Instant;
}

/** Converts an instant to milliseconds since 1970. */
export function toMilliseconds(instant: Instant): number {
  return Date.parse(instant);
}

/**
 * Returns whether an instant is the zero value of Go's time.Time, which Qlik sends for a
 * missing time.
 */
export function isZeroInstant(instant: Instant): boolean {
  return instant.startsWith('0001-01-01T00:00:00.000');
}

/** Returns the milliseconds between instants; undefined if one is missing or they decrease. */
export function toDurationMs(from: Instant | undefined, to: Instant | undefined): number | undefined {
  if (from === undefined || to === undefined) return undefined;
  const ms = toMilliseconds(to) - toMilliseconds(from);
  return ms < 0 ? undefined : ms;
}
