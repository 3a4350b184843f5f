import { isDeliveryRecord, readDeliveryBody } from './delivery-record.ts';

/** What an item is inside of: nothing, a list, or the `data` list of a page as Qlik's REST API gives them. */
export type Container = 'none' | 'list' | 'page';

/** A place between two items of a file, from which reading can go on. */
export interface Mark {
  /** Bytes from the beginning. */
  offset: number;
  /** The line there, from 1. */
  line: number;
  /** Items before it. */
  items: number;
  container: Container;
}

export const START: Mark = { offset: 0, line: 1, items: 0, container: 'none' };

/** Why an item is not sent at all. */
export interface ItemProblem {
  code: 'NOT_JSON' | 'NOT_AN_OBJECT' | 'TOO_LARGE' | 'INCOMPLETE' | 'DELIVERY_RECORD';
  message: string;
}

/** One item of a file: the bytes of a JSON object, as they are there, or why it is none. */
export interface Item {
  /** Its place among the file's items, from 1. */
  number: number;
  /** The line it begins in, from 1. */
  line: number;
  content: Buffer | ItemProblem;
  after: Mark;
}

/** Finds the items in a file's bytes, which come in pieces of any size. */
export interface Scanner {
  push(piece: Buffer): Item[];
  /** The file has ended. */
  end(): Item[];
}

// What is checked is what is sent: a byte order mark must not be passed over.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Returns the bytes to send for an item: the item itself, or the event in a webhook's delivery
 * record. An item that is not a JSON object in UTF-8 would cost its whole batch, so it becomes a
 * problem: the request would not be JSON, or `null` would not be an event.
 */
export function checkContent(bytes: Buffer): Buffer | ItemProblem {
  const value = parse(bytes);
  if (value instanceof Error) {
    return { code: 'NOT_JSON', message: `This is no JSON: ${value.message}.` };
  }
  if (!isObject(value)) return { code: 'NOT_AN_OBJECT', message: 'An event is a JSON object.' };
  return isDeliveryRecord(value) ? takeEvent(bytes) : bytes;
}

function takeEvent(record: Buffer): Buffer | ItemProblem {
  const toProblem = (message: string): ItemProblem => ({ code: 'DELIVERY_RECORD', message });
  const body = readDeliveryBody(record);
  if (body === undefined) return toProblem('This webhook delivery record has no request.body.');
  const value = parse(body);
  const what = 'The request.body of this webhook delivery record is not';
  if (value instanceof Error) return toProblem(`${what} JSON: ${value.message}.`);
  return isObject(value) ? body : toProblem(`${what} a JSON object.`);
}

/** Parses JSON in UTF-8. Returns an Error that says why the bytes are none. */
function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch (failure) {
    const reason = failure instanceof SyntaxError ? failure.message : 'it is not UTF-8';
    return new Error(reason.replace(/\.$/, ''));
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An item of more bytes than fit a request. */
export function toTooLarge(maxBytes: number): ItemProblem {
  return { code: 'TOO_LARGE', message: `This is larger than ${maxBytes} bytes, the limit of --batch-bytes.` };
}
