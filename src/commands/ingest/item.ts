import { isJsonObject } from '../../domain/values/json.ts';
import { isDeliveryRecord, readDeliveryBody } from './delivery-record.ts';

/** A position between two items of a file, from which reading can continue. */
export interface Mark {
  /** In bytes. */
  offset: number;
  /** From 1. */
  line: number;
  /** The number of items before the position. */
  items: number;
  /** What encloses the items here: nothing, a list, or the `data` list of a page of Qlik's REST API. */
  container: 'none' | 'list' | 'page';
}

export const START: Mark = { offset: 0, line: 1, items: 0, container: 'none' };

/** Why an item is not sent. */
export interface ItemProblem {
  code: 'NOT_JSON' | 'NOT_AN_OBJECT' | 'TOO_LARGE' | 'INCOMPLETE' | 'DELIVERY_RECORD';
  message: string;
}

/** One item of a file. */
export interface Item {
  /** Its place among the items of the file, from 1. */
  number: number;
  /** The line on which it starts, from 1. */
  line: number;
  /** The bytes to send, as they are in the file. */
  content: Buffer | ItemProblem;
  after: Mark;
}

/** Finds the items in the bytes of a file. */
export interface Scanner {
  /** Takes the next chunk, of any size. */
  push(chunk: Buffer): Item[];
  /** The file ends here. */
  end(): Item[];
}

/** Collects the chunks of one item. Beyond the limit it frees them, so that memory stays bounded. */
export class ItemBytes {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  add(chunk: Buffer): void {
    this.#length += chunk.length;
    if (this.#length > this.#maxBytes) this.#chunks = [];
    else this.#chunks.push(chunk);
  }

  /** Returns the collected bytes and starts the next item. */
  take(): Buffer | ItemProblem {
    const isWhole = this.#length <= this.#maxBytes;
    const [only] = this.#chunks;
    const bytes = only !== undefined && this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#length = 0;
    if (isWhole) return bytes;
    const message = `This is larger than ${this.#maxBytes} bytes, the limit of --batch-bytes.`;
    return { code: 'TOO_LARGE', message };
  }
}

// The checked text must be the sent text, so the decoder keeps byte order marks.
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
  if (!isJsonObject(value)) return { code: 'NOT_AN_OBJECT', message: 'An event is a JSON object.' };
  return isDeliveryRecord(value) ? takeEvent(bytes) : bytes;
}

function takeEvent(record: Buffer): Buffer | ItemProblem {
  const toProblem = (message: string): ItemProblem => ({ code: 'DELIVERY_RECORD', message });
  const body = readDeliveryBody(record);
  if (body === undefined) return toProblem('This webhook delivery record has no request.body.');
  const value = parse(body);
  const what = 'The request.body of this webhook delivery record is not';
  if (value instanceof Error) return toProblem(`${what} JSON: ${value.message}.`);
  return isJsonObject(value) ? body : toProblem(`${what} a JSON object.`);
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
