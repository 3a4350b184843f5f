import type { EnvelopeFields, Located } from '../../domain/events/envelope.ts';
import { decodeBase64, parseJsonObject } from '../../domain/values/encoded-json.ts';
import { isZeroInstant, parseInstant } from '../../domain/values/instant.ts';
import {
  isDeeperThan,
  isNone,
  type JsonObject,
  type JsonValue,
  MAX_LEVELS,
  toCanonicalJson,
} from '../../domain/values/json.ts';
import { toHash } from './event-key.ts';

/*
 * The content of an event decides whether two copies of it agree (README, "Sending events").
 * It consists of the time, user, owner, space, top-level resource and data. The row of an
 * event stores the content as one text: a format version and one part per field, separated by
 * `|`. The time is stored as an instant, every other part as a hash.
 *
 * A part that a copy lacks is empty, and an empty part agrees with every other. One hash over
 * everything could not leave out what one copy lacks.
 *
 * Older versions stored one hash of the whole item. That text has no version and is not
 * comparable. For such rows the writer compares the body instead
 * (`store/write/known-events.ts`), and a rebuild replaces the text.
 *
 * Raise VERSION when a part is computed differently. Otherwise an event that is sent again
 * disagrees with its own row and becomes a CONFLICT.
 */

const VERSION = '2';
const SEPARATOR = '|';
/** Length of a short hash: 66 bits suffice, because each is compared with one other. */
const SHORT = 11;

/** Returns the content of an event as sent. `fields` are the fields of its envelope. */
export function toContent(raw: JsonObject, fields: EnvelopeFields): string {
  const { userId, ownerId, spaceId, topLevelResourceId } = fields;
  const parts = [userId, ownerId, spaceId, topLevelResourceId].map(toShortPart);
  return [VERSION, toTimePart(fields.time), ...parts, toDataPart(raw)].join(SEPARATOR);
}

/** Returns whether a stored content has the current format. */
export function isComparable(content: string): boolean {
  return content.startsWith(VERSION + SEPARATOR);
}

/** Returns whether two contents agree in every part that both have. */
export function isSameContent(a: string, b: string): boolean {
  if (a === b) return true;
  const others = b.split(SEPARATOR);
  return a.split(SEPARATOR).every((part, index) => {
    const other = others[index] ?? '';
    return part === '' || other === '' || part === other;
  });
}

/** Returns the instant, or a hash if the text is not a time. */
function toTimePart({ value }: Located): string {
  const parsed = typeof value === 'string' ? parseInstant(value) : undefined;
  if (parsed === undefined) return toShortPart({ value });
  return isZeroInstant(parsed.instant) ? '' : parsed.instant;
}

function toShortPart({ value }: Pick<Located, 'value'>): string {
  if (value === undefined || isNone(value)) return '';
  return toHash(typeof value === 'string' ? value : `\u0000${toCanonicalJson(value)}`).slice(0, SHORT);
}

function toDataPart(raw: JsonObject): string {
  const data = toData(raw);
  return data === undefined || isNone(data) ? '' : toHash(toCanonicalJson(data));
}

/** Returns the payload. JSON sent as text or base64 counts as the object it encodes. */
function toData({ data, data_base64: encoded }: JsonObject): JsonValue | undefined {
  if (typeof data === 'string' && data !== '') return parseShallow(data) ?? data;
  if (data !== undefined && !isNone(data)) return data;
  if (typeof encoded !== 'string') return encoded;
  const text = decodeBase64(encoded);
  return (text === undefined ? undefined : parseShallow(text)) ?? encoded;
}

/**
 * Returns undefined for an object that nests too deep, because `toCanonicalJson` is recursive.
 * Such a text is compared as text.
 */
function parseShallow(text: string): JsonObject | undefined {
  const object = parseJsonObject(text);
  return object !== undefined && !isDeeperThan(object, MAX_LEVELS) ? object : undefined;
}
