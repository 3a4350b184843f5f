import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { isJsonObject } from '../../domain/values/json.ts';
import { RefusedDelivery } from './answer.ts';
import type { ContentMode } from './content-type.ts';

const BYTE_ORDER_MARK = Buffer.from('\u{feff}');
/** Attributes that a header cannot set: in binary mode they come from Content-Type and body. */
const NOT_IN_HEADERS = new Set(['data', 'data_base64', 'datacontenttype']);

/**
 * Parses a delivery. Returns the JSON of each event. A single event keeps its bytes. Throws a
 * RefusedDelivery if anything in it is no event, or is too large.
 */
export function parseDelivery(
  mode: ContentMode,
  headers: IncomingHttpHeaders,
  body: Buffer,
  maxEventBytes: number,
): Buffer[] {
  const bytes = body.subarray(body.indexOf(BYTE_ORDER_MARK) === 0 ? BYTE_ORDER_MARK.length : 0);
  if (mode === 'binary') return [toSized(toEventOfHeaders(headers, bytes), maxEventBytes)];
  const value = parseJson(bytes);
  if (Array.isArray(value)) return value.map((item) => toSized(toEvent(item), maxEventBytes));
  const isAsSent = isJsonObject(value) && bytes.length <= maxEventBytes && isUtf8(bytes);
  return [isAsSent ? bytes : toSized(toEvent(value), maxEventBytes)];
}

/** Joins the attributes in the headers and the data in the body (binary mode). */
function toEventOfHeaders(headers: IncomingHttpHeaders, body: Buffer): Buffer {
  const attributes = Object.entries(headers).flatMap(([header, value]) => {
    const [, name] = /^ce-([a-z0-9_]+)$/.exec(header) ?? [];
    if (name === undefined || NOT_IN_HEADERS.has(name)) return [];
    return [[name, decodeHeader(String(value))]];
  });
  const type = headers['content-type'];
  if (type !== undefined) attributes.push(['datacontenttype', type]);
  const event = JSON.stringify(Object.fromEntries(attributes));
  if (body.length === 0) return Buffer.from(event);
  const data = isUtf8(body) ? body : Buffer.from(body.toString());
  parseJson(data);
  return Buffer.concat([Buffer.from(`${event.slice(0, -1)},"data":`), data, Buffer.from('}')]);
}

/**
 * Decodes the value of an attribute: first quoted strings, then one round of percent-decoding
 * (CloudEvents HTTP binding, section 3.1.3.2). A percent sign without two digits stays.
 */
function decodeHeader(value: string): string {
  const text = value.replace(/"((?:[^"\\]|\\.)*)"/g, (_, quoted: string) => quoted.replace(/\\(.)/g, '$1'));
  try {
    return text.replace(/(?:%[0-9a-f]{2})+/gi, decodeURIComponent);
  } catch {
    throw new RefusedDelivery(400, 'A ce- header is not valid UTF-8.');
  }
}

function toEvent(value: unknown): Buffer {
  if (!isJsonObject(value)) throw new RefusedDelivery(400, 'The body holds something that is no event.');
  try {
    return Buffer.from(JSON.stringify(value));
  } catch {
    // Unlike parsing, printing is recursive.
    throw new RefusedDelivery(400, 'The body is nested too deep.');
  }
}

function toSized(event: Buffer, maxEventBytes: number): Buffer {
  if (event.length <= maxEventBytes) return event;
  throw new RefusedDelivery(413, `An event has at most ${maxEventBytes} bytes.`);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw new RefusedDelivery(400, 'The body is not JSON.');
  }
}
