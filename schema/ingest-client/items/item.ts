import { type Node, type ParseError, parseTree } from 'jsonc-parser';
import { hasDeliveryRecordKeys } from '../../../src/domain/events/delivery-record.ts';
import { isJsonObject, isNone } from '../../../src/domain/values/json.ts';

/** A position between two items of a file, from which reading can continue. */
export interface Mark {
  /** In bytes. */
  offset: number;
  /** From 1. */
  line: number;
  /** The number of items before the position. */
  items: number;
  /** What encloses the items: nothing, a list, or the list of a page of Qlik's REST API. */
  container: 'none' | 'list' | 'page';
}

export const START: Mark = { offset: 0, line: 1, items: 0, container: 'none' };

/** Why an item is not sent. */
export interface ItemProblem {
  code: 'NOT_JSON' | 'NOT_AN_OBJECT' | 'TOO_LARGE' | 'INCOMPLETE' | 'DELIVERY_RECORD';
  message: string;
}

export interface Item {
  /** Its place among the items of the file, from 1. */
  number: number;
  /** The line on which it starts, from 1. */
  line: number;
  /** The bytes to send, as they are in the file. */
  content: Buffer | ItemProblem;
  after: Mark;
}

/** An event has at least one of these members; a webhook's delivery record has none. */
const EVENT_KEYS = ['specversion', 'cloudEventsVersion', 'source'];

// The checked text must be the sent text, so the decoder keeps byte order marks.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Returns the bytes to send for an item: the item itself, or the event in a webhook's delivery
 * record. An item that is not a JSON object in UTF-8 would cost its whole batch, so it becomes
 * a problem: the request would not be JSON, or `null` would not be an event.
 */
export function checkContent(bytes: Buffer): Buffer | ItemProblem {
  let text = '';
  try {
    text = decoder.decode(bytes);
    const value: unknown = JSON.parse(text);
    if (!isJsonObject(value)) return { code: 'NOT_AN_OBJECT', message: 'An event is a JSON object.' };
    const isRecord = hasDeliveryRecordKeys(value) && EVENT_KEYS.every((key) => isNone(value[key]));
    return isRecord ? takeEvent(text) : bytes;
  } catch (failure) {
    return { code: 'NOT_JSON', message: `This is no JSON: ${toReason(failure, text)}.` };
  }
}

/**
 * Returns the event in a delivery record, as Qlik's API returns it: `request.body`, an object
 * or JSON text. An object is a slice of the record, so its numbers, keys and escapes keep
 * their spelling. JSON text is decoded once.
 */
function takeEvent(record: string): Buffer | ItemProblem {
  const toProblem = (message: string): ItemProblem => ({ code: 'DELIVERY_RECORD', message });
  const what = 'The request.body of this webhook delivery record is not';
  let text = '';
  try {
    const body = findMember(findMember(parseTree(record), 'request'), 'body');
    const isText = body?.type === 'string';
    if (body === undefined || body.type === 'null' || (isText && body.value.trim() === '')) {
      return toProblem('This webhook delivery record has no request.body.');
    }
    text = isText
      ? String(body.value).replace(/^[ \t\r\n\ufeff]+/, '')
      : record.slice(body.offset, body.offset + body.length);
    // UTF-8 has no bytes for half a surrogate pair.
    if (!text.isWellFormed()) throw new TypeError();
    return isJsonObject(JSON.parse(text)) ? Buffer.from(text) : toProblem(`${what} a JSON object.`);
  } catch (failure) {
    return toProblem(`${what} JSON: ${toReason(failure, text)}.`);
  }
}

/** Of several members with one name the last one counts, as for `JSON.parse`. */
function findMember(node: Node | undefined, name: string): Node | undefined {
  if (node?.type !== 'object') return undefined;
  return node.children?.findLast(({ children }) => children?.[0]?.value === name)?.children?.[1];
}

/**
 * Why bytes are not JSON in UTF-8. The message of JSON.parse quotes the text, which may contain a
 * secret, so only the place is named.
 */
function toReason(failure: unknown, text: string): string {
  if (failure instanceof SyntaxError) {
    const errors: ParseError[] = [];
    parseTree(text, errors, { disallowComments: true });
    return `wrong at character ${(errors[0]?.offset ?? 0) + 1}`;
  }
  return failure instanceof RangeError ? 'it nests too deeply' : 'it is not UTF-8';
}
