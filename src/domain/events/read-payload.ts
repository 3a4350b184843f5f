import { decodeBase64, parseJsonObject } from '../values/encoded-json.ts';
import {
  isDeeperThan,
  isJsonObject,
  isNone,
  type JsonObject,
  type JsonValue,
  MAX_LEVELS,
  type Place,
} from '../values/json.ts';
import type { ValueReader } from '../values/value-reader.ts';
import { isEvent } from './envelope.ts';
import type { WarningCode } from './problem.ts';

/** The members with a payload, in the order of precedence, and their decoders. */
const CARRIERS: readonly { key: string; decode: (value: JsonValue) => JsonObject | undefined }[] = [
  { key: 'data', decode: decodeData },
  { key: 'data_base64', decode: decodeDataBase64 },
];

/** Every documented payload has at least one of these members. */
const PAYLOAD_MEMBERS = ['id', 'appId', 'attributes', 'name', 'status', 'reloadId', 'endTime'];

type Finding = { code: WarningCode; message: string; path: string };

/**
 * Returns the payload of a modelled event: `data` as an object or as JSON text, else
 * `data_base64`. One level is decoded: JSON text inside JSON text is not. Without a readable
 * payload, returns undefined and warns about the first carrier with a value.
 */
export function readPayload(reader: ValueReader, raw: JsonObject): Place | undefined {
  let finding: Finding | undefined;
  for (const { key, decode } of CARRIERS) {
    const value = raw[key];
    if (value === undefined || isNone(value)) continue;
    const path = `/${key}`;
    const object = decode(value);
    const problem = findProblem(value, object, path);
    if (object !== undefined && problem === undefined) return { object, path };
    finding ??= problem;
  }
  const { code, message, path } = finding ?? toMissing('The event has no data.', '/data');
  return reader.warn(code, message, path);
}

function findProblem(value: JsonValue, object: JsonObject | undefined, path: string): Finding | undefined {
  if (object === undefined) return toMissing('No JSON object can be read from this.', path);
  // The levels of a payload sent as JSON are counted with the whole item.
  if (value !== object && isDeeperThan(object, MAX_LEVELS - 1)) {
    return toMissing(`With this the event nests deeper than ${MAX_LEVELS} levels.`, path);
  }
  if (isEvent(object)) {
    const message = 'This is an event of its own, so no run and no app is read from it. Send it by itself.';
    return { code: 'UNREADABLE_VALUE', message, path };
  }
  if (isJsonObject(object.data) && PAYLOAD_MEMBERS.every((key) => isNone(object[key]))) {
    return toMissing('The data is wrapped in another `data`, which is not read.', path);
  }
  return undefined;
}

function toMissing(message: string, path: string): Finding {
  return { code: 'MISSING_DATA', message, path };
}

function decodeData(value: JsonValue): JsonObject | undefined {
  if (typeof value === 'string') return parseJsonObject(value);
  return isJsonObject(value) ? value : undefined;
}

function decodeDataBase64(value: JsonValue): JsonObject | undefined {
  const text = typeof value === 'string' ? decodeBase64(value) : undefined;
  return text === undefined ? undefined : parseJsonObject(text);
}
