import { hasDeliveryRecordKeys } from '../../domain/events/delivery-record.ts';
import { isNone, type JsonObject } from '../../domain/values/json.ts';
import {
  CLOSE_OBJECT,
  COLON,
  COMMA,
  isSpace,
  OPEN_OBJECT,
  QUOTE,
  ValueFollower,
  withoutByteOrderMarks,
} from './json-bytes.ts';

const NULL = Buffer.from('null');
/** An event has at least one of these; a delivery record has none. */
const EVENT_KEYS = ['specversion', 'cloudEventsVersion', 'source'];

/**
 * Recognises a webhook's delivery record, as Qlik's API returns it. The `id` and `eventType` of the
 * record belong to the delivery. The event is `request.body`, an object or JSON text.
 */
export function isDeliveryRecord(value: JsonObject): boolean {
  return hasDeliveryRecordKeys(value) && EVENT_KEYS.every((key) => isNone(value[key]));
}

/**
 * Returns the bytes of a delivery record's `request.body`, or undefined if there is none. The bytes of
 * an object are a slice of the record, so its numbers, keys and escapes keep their spelling. JSON
 * text is decoded once. `record` is valid JSON.
 */
export function readDeliveryBody(record: Buffer): Buffer | undefined {
  const request = findMember(record, 'request');
  const body = request && findMember(request, 'body');
  if (body === undefined || body.equals(NULL)) return undefined;
  if (body[0] !== QUOTE) return body;
  const text: string = JSON.parse(body.toString());
  if (text.trim() === '') return undefined;
  // UTF-8 has no bytes for half a surrogate pair. The byte 0xff makes the check for UTF-8 fail.
  return text.isWellFormed() ? withoutByteOrderMarks(Buffer.from(text)) : Buffer.of(0xff);
}

/**
 * Returns the bytes of a member's value, or undefined if `json`, a valid JSON value, is no object
 * with such a member. Of several members with one name the last one counts, as for `JSON.parse`.
 */
function findMember(json: Buffer, name: string): Buffer | undefined {
  let found: Buffer | undefined;
  let at = skip(json, 0);
  if (json[at] !== OPEN_OBJECT) return undefined;
  for (at = skip(json, at + 1); at < json.length && json[at] !== CLOSE_OBJECT; at = skip(json, at)) {
    const keyEnd = findEnd(json, at);
    const key: unknown = JSON.parse(json.toString('utf8', at, keyEnd));
    const valueStart = skip(json, keyEnd);
    at = findEnd(json, valueStart);
    if (key === name) found = json.subarray(valueStart, at);
  }
  return found;
}

/** Returns where the value that starts at `from` ends. */
function findEnd(json: Buffer, from: number): number {
  const follower = new ValueFollower();
  for (let at = from; at < json.length; at += 1) {
    const place = follower.follow(json[at] ?? 0);
    if (place !== 'inside') return place === 'last' ? at + 1 : at;
  }
  return json.length;
}

/** Skips the space, commas and colons between the tokens of an object. */
function skip(json: Buffer, from: number): number {
  let at = from;
  for (let byte = json[at]; byte !== undefined; byte = json[at]) {
    if (!isSpace(byte) && byte !== COMMA && byte !== COLON) break;
    at += 1;
  }
  return at;
}
