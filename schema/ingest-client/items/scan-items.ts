import { checkContent, type Item, type Mark } from './item.ts';

/** One event per line, or JSON documents: a list, pages, or events over several lines. */
export type Format = 'lines' | 'json';

const NEWLINE = 0x0a;
const [QUOTE, BACKSLASH, COMMA, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('"\\,[]{}');
/** U+FEFF in UTF-8. Some programs start files with it; joined files have it inside too. */
const BYTE_ORDER_MARK = Buffer.from('\u{feff}');

/** An object with one of these members is an event, not a page, even if its `data` is a list. */
const EVENT_KEYS = ['specversion', 'type', 'eventType', 'cloudEventsVersion'];
/** The list of a page begins within this many bytes. */
const PAGE_HEAD_BYTES = 65_536;

/**
 * Finds the items in the bytes of a file. They arrive in chunks of any size.
 *
 * - `lines`: every line that is not blank is an item, whatever the other lines contain.
 * - `json`: any number of documents in a row. The items are the elements of a list, the
 *   elements of a page's list, or else the document itself.
 *
 * The scanner finds only where values start and end, by brackets and quotes; `JSON.parse`
 * checks each value. So an item that is not JSON costs no other item, unless its brackets or
 * quotes are wrong. Space and byte order marks before an item are not part of it. The bytes of
 * an item beyond the limit are freed, so memory stays bounded.
 */
export class ItemScanner {
  readonly #format: Format;
  readonly #mark: Mark;
  readonly #maxBytes: number;
  #state: 'between items' | 'in an item' | 'after the list of a page' = 'between items';
  /** The line on which the item starts, and its bytes: none if there are too many. */
  #line = 1;
  #chunks: Buffer[] = [];
  #length = 0;
  /** The number of lists and objects that are open, and whether a string is. */
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  #itemsBeforeList: number | undefined;

  constructor(format: Format, start: Mark, maxBytes: number) {
    this.#format = format;
    this.#mark = { ...start };
    this.#maxBytes = maxBytes;
  }

  /** Whether a list comes before any item outside a list. */
  get beginsWithList(): boolean {
    return this.#itemsBeforeList === 0;
  }

  /** Takes the next chunk. Returns the items that end in it. */
  push(chunk: Buffer): Item[] {
    const items: Item[] = [];
    for (let rest = chunk; rest.length > 0; ) {
      if (this.#state === 'between items') {
        rest = this.#skip(rest);
        continue;
      }
      const { container } = this.#mark;
      const end = this.#format === 'lines' ? rest.indexOf(NEWLINE) : this.#findEnd(rest);
      const bytes = end === -1 ? rest : rest.subarray(0, end);
      this.#collect(bytes);
      rest = this.#pass(rest, bytes.length);
      if (end === -1) break;
      if (this.#format === 'lines') rest = this.#pass(rest, 1);
      if (this.#state === 'after the list of a page') this.#mark.container = 'none';
      else if (this.#mark.container === container) items.push(this.#finish());
      this.#state = 'between items';
    }
    return items;
  }

  /** The file ends here. Returns its last item, unless that has been returned. */
  end(): Item[] {
    if (this.#state === 'in an item') {
      const isWhole = this.#depth === 0 && !this.#inString;
      return [this.#finish(isWhole ? undefined : `the item that begins in line ${this.#line}`)];
    }
    if (this.#mark.container === 'none') return [];
    this.#line = this.#mark.line;
    return [this.#finish('its list')];
  }

  /** Passes everything before the next item. Returns the bytes from there. */
  #skip(bytes: Buffer): Buffer {
    let length = 0;
    while (this.#state === 'between items' && length < bytes.length) {
      if (!this.#isBetween(bytes[length] ?? 0)) this.#state = 'in an item';
      else length += 1;
    }
    const rest = this.#pass(bytes, length);
    this.#line = this.#mark.line;
    this.#chunks = [];
    this.#length = 0;
    return rest;
  }

  /** Whether a byte belongs to no item: space, a comma, or a bracket around items. */
  #isBetween(byte: number): boolean {
    if (isSpace(byte) || BYTE_ORDER_MARK.includes(byte)) return true;
    if (this.#format === 'lines') return false;
    const { container } = this.#mark;
    if (byte === OPEN_LIST && container === 'none') {
      this.#enter('list');
    } else if (byte === CLOSE_LIST && container === 'list') {
      this.#mark.container = 'none';
    } else if (byte === CLOSE_LIST && container === 'page') {
      this.#state = 'after the list of a page';
      this.#depth = 1;
    } else {
      return byte === COMMA;
    }
    return true;
  }

  /**
   * Returns where the value ends in these bytes, or -1 if it continues after them. The list of
   * a page ends the value too: what comes before it is dropped.
   */
  #findEnd(bytes: Buffer): number {
    for (let at = 0; at < bytes.length; at += 1) {
      const byte = bytes[at] ?? 0;
      if (this.#inString) {
        if (this.#isEscaped || byte === BACKSLASH) this.#isEscaped = !this.#isEscaped;
        else if (byte === QUOTE) this.#inString = false;
        if (!this.#inString && this.#depth === 0) return at + 1;
      } else if (byte === QUOTE) {
        this.#inString = true;
      } else if (byte === OPEN_LIST && this.#depth === 1 && this.#opensPage(bytes.subarray(0, at + 1))) {
        this.#enter('page');
        this.#depth = 0;
        return at + 1;
      } else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
        this.#depth += 1;
      } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) {
        // A closing bracket without an opening one is an item of its own, which is not JSON.
        if (this.#depth === 0) return this.#length + at === 0 ? 1 : at;
        this.#depth -= 1;
        if (this.#depth === 0) return at + 1;
      } else if (this.#depth === 0 && (byte === COMMA || isSpace(byte))) {
        return at;
      }
    }
    return -1;
  }

  /** Recognises the beginning of a page of Qlik's REST API: `{ "data": [ … ], "links": … }`. */
  #opensPage(bytes: Buffer): boolean {
    if (this.#mark.container !== 'none' || this.#length + bytes.length > PAGE_HEAD_BYTES) return false;
    const text = Buffer.concat([...this.#chunks, bytes]).toString();
    if (!/"data"\s*:\s*\[$/.test(text)) return false;
    try {
      const page = JSON.parse(`${text}]}`);
      return Array.isArray(page.data) && EVENT_KEYS.every((key) => !Object.hasOwn(page, key));
    } catch {
      // A page is a page although something before its list is not JSON.
      return !EVENT_KEYS.some((key) => text.includes(`"${key}"`));
    }
  }

  #enter(container: Mark['container']): void {
    this.#mark.container = container;
    this.#itemsBeforeList ??= this.#mark.items;
  }

  #collect(bytes: Buffer): void {
    this.#length += bytes.length;
    if (this.#length > this.#maxBytes) this.#chunks = [];
    else this.#chunks.push(bytes);
  }

  /** Moves the mark over the first bytes. Returns the others. */
  #pass(bytes: Buffer, length: number): Buffer {
    const passed = bytes.subarray(0, length);
    this.#mark.offset += length;
    for (let at = passed.indexOf(NEWLINE); at !== -1; at = passed.indexOf(NEWLINE, at + 1)) {
      this.#mark.line += 1;
    }
    return bytes.subarray(length);
  }

  /** Ends the current item. `missing` is what the file should contain after it. */
  #finish(missing?: string): Item {
    this.#mark.items += 1;
    const { items: number } = this.#mark;
    return { number, line: this.#line, content: this.#toContent(missing), after: { ...this.#mark } };
  }

  #toContent(missing: string | undefined): Item['content'] {
    if (missing !== undefined) {
      const message = `The file ends before the end of ${missing}; something may be missing.`;
      return { code: 'INCOMPLETE', message };
    }
    if (this.#length > this.#maxBytes) {
      const message = `This is larger than ${this.#maxBytes} bytes, the limit of --batch-bytes.`;
      return { code: 'TOO_LARGE', message };
    }
    const [only, ...more] = this.#chunks;
    return checkContent(only !== undefined && more.length === 0 ? only : Buffer.concat(this.#chunks));
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
