import { type Instant, isZeroInstant, parseInstant, toMilliseconds } from '../values/instant.ts';
import { isJsonObject, isNone, type Place } from '../values/json.ts';
import type { ValueReader } from '../values/value-reader.ts';
import type { Located } from './envelope.ts';

const MAX_AHEAD_MS = 24 * 60 * 60 * 1000;

/**
 * Returns the time of an event as sent. If it is missing, unreadable, or more than 24 hours
 * after receipt: the first readable one of the payload's `ownTimes`, else the time of receipt,
 * with a warning.
 */
export function readEventTime(
  reader: ValueReader,
  field: Located,
  data: Place | undefined,
  ownTimes: readonly string[],
  receivedAt: Instant,
): Instant {
  const sent = reader.instantValue(field.value, field.path);
  if (sent !== undefined && isPlausible(sent, receivedAt)) return sent;
  if (sent !== undefined) {
    reader.warn('UNBELIEVABLE_TIME', 'The time is more than 24 hours ahead of receipt.', field.path);
  } else if (isNone(field.value) || isZero(field.value)) {
    reader.warn(
      'MISSING_TIME',
      'The event has no time; a time of its payload or of its receipt is used.',
      field.path,
    );
  }
  const places = data === undefined ? [] : [data.object.attributes, data.object].filter(isJsonObject);
  for (const key of ownTimes) {
    for (const place of places) {
      const value = place[key];
      const own = typeof value === 'string' ? parseInstant(value)?.instant : undefined;
      if (own !== undefined && !isZeroInstant(own) && isPlausible(own, receivedAt)) return own;
    }
  }
  return receivedAt;
}

function isZero(value: unknown): boolean {
  const parsed = typeof value === 'string' ? parseInstant(value) : undefined;
  return parsed !== undefined && isZeroInstant(parsed.instant);
}

function isPlausible(instant: Instant, receivedAt: Instant): boolean {
  // Most times are past, and instants sort by time.
  return instant <= receivedAt || toMilliseconds(instant) - toMilliseconds(receivedAt) <= MAX_AHEAD_MS;
}
