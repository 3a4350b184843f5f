export const NEWLINE = 0x0a;
export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const COLON = 0x3a;
const BACKSLASH = 0x5c;
export const OPEN_LIST = 0x5b;
export const CLOSE_LIST = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;

/** Whether a byte is space between values. */
export function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

/** U+FEFF in UTF-8. Some programs start files with it; joined files have it in the middle too. */
export const BYTE_ORDER_MARK = Buffer.from('\u{feff}');

/** Removes the byte order marks at the beginning of bytes, and the space around them. */
export function withoutByteOrderMarks(bytes: Buffer): Buffer {
  const isMark = (at: number) => bytes.subarray(at, at + BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK);
  let from = 0;
  for (let at = skipSpace(bytes, 0); isMark(at); at = from) {
    from = skipSpace(bytes, at + BYTE_ORDER_MARK.length);
  }
  return bytes.subarray(from);
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && isSpace(bytes[at] ?? 0)) at += 1;
  return at;
}

/** The position of a byte: the value continues after it, ends with it, or ended before it. */
type Place = 'inside' | 'last' | 'past';

/** Finds the end of one value by its brackets and quotes. */
export class ValueFollower {
  /** The number of open lists and objects. */
  depth: number;
  inString = false;
  #escaped = false;
  #isFirst = true;

  constructor(depth = 0) {
    this.depth = depth;
  }

  follow(byte: number): Place {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (this.inString) return this.#followString(byte);
    if (byte === QUOTE) {
      this.inString = true;
    } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      this.depth += 1;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      // A closing bracket without an opening one is a value of its own, which is not JSON.
      if (this.depth === 0) return isFirst ? 'last' : 'past';
      this.depth -= 1;
      if (this.depth === 0) return 'last';
    } else if (this.depth === 0 && (byte === COMMA || isSpace(byte))) {
      return 'past';
    }
    return 'inside';
  }

  #followString(byte: number): Place {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) {
      this.inString = false;
      if (this.depth === 0) return 'last';
    }
    return 'inside';
  }
}

/** Members that make an object an event. The `data` of an event is its own, even if it is a list. */
const EVENT_KEYS = new Set(['specversion', 'type', 'eventType', 'cloudEventsVersion']);
const LONGEST_KEY = 32;

/** Recognises a page of Qlik's REST API: `{ "data": [ … ], "links": … }`. */
export class PageFinder {
  #text = '';
  #key = '';
  #isEvent = false;

  /** Takes a byte before the follower does. Returns true for the bracket that opens the page's list. */
  isListOfPage(byte: number, { depth, inString }: ValueFollower): boolean {
    if (depth !== 1) return false;
    if (inString) {
      if (byte !== QUOTE && this.#text.length < LONGEST_KEY) this.#text += String.fromCharCode(byte);
    } else if (byte === QUOTE) {
      this.#text = '';
    } else if (byte === COLON) {
      this.#key = this.#text;
      this.#isEvent ||= EVENT_KEYS.has(this.#key);
    } else if (byte === OPEN_LIST) {
      return this.#key === 'data' && !this.#isEvent;
    } else if (byte === COMMA) {
      this.#key = '';
    }
    return false;
  }
}
