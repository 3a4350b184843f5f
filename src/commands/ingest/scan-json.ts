import { checkContent, type Item, ItemBytes, type ItemProblem, type Mark, type Scanner } from './item.ts';
import {
  BYTE_ORDER_MARK,
  CLOSE_LIST,
  COMMA,
  isSpace,
  NEWLINE,
  OPEN_LIST,
  PageFinder,
  ValueFollower,
} from './json-bytes.ts';

/**
 * Finds the items of JSON documents, any number of them in a row. The items are the elements of a
 * list, the elements of a page's list, or else the document itself.
 *
 * The scanner only finds where values start and end; `JSON.parse` checks each of them. So an item
 * that is not JSON costs no other item, unless its brackets or quotes are wrong.
 */
export class JsonScanner implements Scanner {
  readonly #bytes: ItemBytes;
  readonly #mark: Mark;
  #state: 'between values' | 'in a value' | 'in the rest of a page' = 'between values';
  #follower = new ValueFollower();
  #finder = new PageFinder();
  /** How many bytes of the value match a byte order mark; -1 once one does not. */
  #matched = 0;
  #itemsBeforeList: number | undefined;
  /** The line on which the value starts. */
  #line = 1;

  constructor(start: Mark, maxBytes: number) {
    this.#mark = { ...start };
    this.#bytes = new ItemBytes(maxBytes);
  }

  /** Whether a list comes before any item outside a list. */
  get beginsWithList(): boolean {
    return this.#itemsBeforeList === 0;
  }

  push(chunk: Buffer): Item[] {
    const items: Item[] = [];
    let from = 0;
    for (let index = 0; index < chunk.length; index += 1) {
      const byte = chunk[index] ?? 0;
      if (this.#state === 'between values') {
        if (!this.#startsValue(byte)) {
          this.#pass(byte);
          continue;
        }
        this.#start();
        from = index;
      }
      if (this.#state === 'in a value' && (this.#entersPage(byte) || this.#endsByteOrderMark(byte))) {
        this.#bytes.take();
        this.#state = 'between values';
        this.#pass(byte);
        continue;
      }
      const place = this.#follower.follow(byte);
      if (place !== 'past') this.#pass(byte);
      if (place === 'inside') continue;
      if (this.#state === 'in a value') {
        this.#bytes.add(chunk.subarray(from, place === 'last' ? index + 1 : index));
        items.push(this.#finish());
      } else {
        this.#mark.container = 'none';
      }
      this.#state = 'between values';
      // A byte that ends the value without being part of it is read again.
      if (place === 'past') index -= 1;
    }
    if (this.#state === 'in a value') this.#bytes.add(chunk.subarray(from));
    return items;
  }

  end(): Item[] {
    if (this.#state === 'in a value') {
      const { depth, inString } = this.#follower;
      if (depth === 0 && !inString) return [this.#finish()];
      return [this.#finish(toIncomplete(`the item that begins in line ${this.#line}`))];
    }
    if (this.#state === 'between values' && this.#mark.container === 'none') return [];
    this.#line = this.#mark.line;
    return [this.#finish(toIncomplete('its list'))];
  }

  /** Whether a byte starts a value. Space, commas and the brackets around items do not. */
  #startsValue(byte: number): boolean {
    if (isSpace(byte) || byte === COMMA) return false;
    const { container } = this.#mark;
    if (byte === OPEN_LIST && container === 'none') {
      this.#enter('list');
      return false;
    }
    if (byte !== CLOSE_LIST || container === 'none') return true;
    if (container === 'list') {
      this.#mark.container = 'none';
    } else {
      this.#state = 'in the rest of a page';
      this.#follower = new ValueFollower(1);
    }
    return false;
  }

  #enter(container: Mark['container']): void {
    this.#mark.container = container;
    this.#itemsBeforeList ??= this.#mark.items;
  }

  #start(): void {
    this.#state = 'in a value';
    this.#line = this.#mark.line;
    this.#matched = 0;
    this.#follower = new ValueFollower();
    this.#finder = new PageFinder();
  }

  #entersPage(byte: number): boolean {
    if (this.#mark.container !== 'none' || !this.#finder.isListOfPage(byte, this.#follower)) return false;
    this.#enter('page');
    return true;
  }

  /** A byte order mark looks like the start of a value, but separates values as space does. */
  #endsByteOrderMark(byte: number): boolean {
    if (this.#matched === -1) return false;
    this.#matched = byte === BYTE_ORDER_MARK[this.#matched] ? this.#matched + 1 : -1;
    return this.#matched === BYTE_ORDER_MARK.length;
  }

  #pass(byte: number): void {
    this.#mark.offset += 1;
    if (byte === NEWLINE) this.#mark.line += 1;
  }

  #finish(problem?: ItemProblem): Item {
    this.#mark.items += 1;
    const taken = this.#bytes.take();
    const content = problem ?? (Buffer.isBuffer(taken) ? checkContent(taken) : taken);
    return { number: this.#mark.items, line: this.#line, content, after: { ...this.#mark } };
  }
}

function toIncomplete(what: string): ItemProblem {
  const message = `The file ends before the end of ${what}; something may be missing.`;
  return { code: 'INCOMPLETE', message };
}
