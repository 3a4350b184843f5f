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
 * What two copies of one event are compared by (contract, fine print "Identity"): time, user, owner, space,
 * top-level resource and data. An event's row stores them as one text, its content: one part for each,
 * separated by `|`, behind the version of this format. A copy that lacks a part has an empty one, and an empty
 * part agrees with every other. One hash over everything could not leave out what one copy lacks. The time is
 * the instant itself; every other part is a hash.
 *
 * Older versions stored a hash of the whole item. That text has no version and is not comparable: the writer
 * reads the body of the event instead (`store/write/known-events.ts`), and a rebuild replaces the text.
 */

const VERSION = '2';
const SEPARATOR = '|';
/** Characters of a short part: 66 bits, compared with one other value only. */
const SHORT = 11;

/** The content of an event as sent; `fields` are those of its envelope. */
export function toContent(raw: JsonObject, fields: EnvelopeFields): string {
  const { userId, ownerId, spaceId, topLevelResourceId } = fields;
  const parts = [userId, ownerId, spaceId, topLevelResourceId].map(toShortPart);
  return [VERSION, toTimePart(fields.time), ...parts, toDataPart(raw)].join(SEPARATOR);
}

/** Tells whether a stored content has the present format. */
export function isComparable(content: string): boolean {
  return content.startsWith(VERSION + SEPARATOR);
}

/** Tells whether two contents agree in every part that both have. */
export function isSameContent(a: string, b: string): boolean {
  if (a === b) return true;
  const others = b.split(SEPARATOR);
  return a.split(SEPARATOR).every((part, index) => {
    const other = others[index] ?? '';
    return part === '' || other === '' || part === other;
  });
}

/** The instant; of a text that is no time, its hash. */
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

/** The payload as it is read: JSON that was sent as a text counts as the object that it holds. */
function toData({ data, data_base64: encoded }: JsonObject): JsonValue | undefined {
  if (typeof data === 'string' && data !== '') return parseShallow(data) ?? data;
  if (data !== undefined && !isNone(data)) return data;
  if (typeof encoded !== 'string') return encoded;
  const text = decodeBase64(encoded);
  return (text === undefined ? undefined : parseShallow(text)) ?? encoded;
}

/** The canonical form is made by recursion, so deeper texts are compared as they are. */
function parseShallow(text: string): JsonObject | undefined {
  const object = parseJsonObject(text);
  return object !== undefined && !isDeeperThan(object, MAX_LEVELS) ? object : undefined;
}
