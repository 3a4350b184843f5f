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
  code: 'NOT_JSON' | 'NOT_AN_OBJECT' | 'TOO_LARGE' | 'INCOMPLETE';
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
 * Gives the bytes of an item back if they are a JSON object in UTF-8. One that is not would cost its whole batch: the request would be
 * no JSON, or `null` no event.
 */
export function checkContent(bytes: Buffer): Buffer | ItemProblem {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch (failure) {
    const reason = failure instanceof SyntaxError ? failure.message : 'it is not UTF-8';
    return { code: 'NOT_JSON', message: `This is no JSON: ${reason.replace(/\.$/, '')}.` };
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return bytes;
  return { code: 'NOT_AN_OBJECT', message: 'An event is a JSON object.' };
}

/** An item of more bytes than fit a request. */
export function toTooLarge(maxBytes: number): ItemProblem {
  return { code: 'TOO_LARGE', message: `This is larger than ${maxBytes} bytes, the limit of --batch-bytes.` };
}
