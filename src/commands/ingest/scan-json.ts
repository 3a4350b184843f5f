import {
  type Container,
  checkContent,
  type Item,
  type ItemProblem,
  type Mark,
  type Scanner,
  toTooLarge,
} from './item.ts';
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
import { Pieces } from './pieces.ts';

/**
 * Finds the items of JSON documents: the elements of a list, those of the list of a page, or else the document itself; any number of
 * documents, one after another. It looks for where values begin and end and leaves what is in them to `JSON.parse`, so an item that is
 * no JSON costs itself alone, as long as its brackets and quotes do not lead astray.
 */
export class JsonScanner implements Scanner {
  readonly #maxBytes: number;
  readonly #value: Pieces;
  #mark: Mark;
  #state: 'between' | 'in a value' | 'in the rest of a page' = 'between';
  #follower = new ValueFollower();
  #finder = new PageFinder();
  /** How many bytes of the value there are, as long as they may be a byte order mark; then -1. */
  #maybeMark = 0;
  #itemsBeforeList: number | undefined;
  /** The line that the value begins in. */
  #line = 1;

  constructor(start: Mark, maxBytes: number) {
    this.#mark = { ...start };
    this.#maxBytes = maxBytes;
    this.#value = new Pieces(maxBytes);
  }

  /** Whether a list of items comes before any item that is a document itself. */
  get beginsWithList(): boolean {
    return this.#itemsBeforeList === 0;
  }

  push(piece: Buffer): Item[] {
    const items: Item[] = [];
    let from = 0;
    for (let index = 0; index < piece.length; index += 1) {
      const byte = piece[index] ?? 0;
      if (this.#state === 'between') {
        if (!this.#isBeginning(byte)) {
          this.#pass(byte);
          continue;
        }
        this.#begin();
        from = index;
      }
      if (this.#isListOfPage(byte)) {
        this.#value.take();
        this.#state = 'between';
        this.#enter('page');
        this.#pass(byte);
        continue;
      }
      if (this.#isEndOfByteOrderMark(byte)) {
        this.#value.take();
        this.#state = 'between';
        this.#pass(byte);
        continue;
      }
      const place = this.#follower.follow(byte);
      if (place !== 'past') this.#pass(byte);
      if (place === 'inside') continue;
      if (this.#state === 'in a value') {
        this.#value.add(piece.subarray(from, place === 'last' ? index + 1 : index));
        items.push(this.#finish());
      } else {
        this.#mark.container = 'none';
      }
      this.#state = 'between';
      // What ended the value without belonging to it is looked at again.
      if (place === 'past') index -= 1;
    }
    if (this.#state === 'in a value') this.#value.add(piece.subarray(from));
    return items;
  }

  end(): Item[] {
    const { container } = this.#mark;
    if (this.#state === 'in a value') {
      const { depth, inString } = this.#follower;
      if (depth === 0 && !inString) return [this.#finish()];
      return [this.#finish(incomplete(`the item that begins in line ${this.#line}`))];
    }
    if (this.#state === 'between' && container === 'none') return [];
    this.#line = this.#mark.line;
    return [this.#finish(incomplete('its list'))];
  }

  /** Whether a byte between values begins one; brackets of lists of items do not. */
  #isBeginning(byte: number): boolean {
    if (isSpace(byte) || byte === COMMA) return false;
    const { container } = this.#mark;
    if (byte === OPEN_LIST && container === 'none') {
      this.#enter('list');
      return false;
    }
    if (byte === CLOSE_LIST && container !== 'none') {
      if (container === 'list') {
        this.#mark.container = 'none';
      } else {
        this.#state = 'in the rest of a page';
        this.#follower = new ValueFollower(1);
      }
      return false;
    }
    return true;
  }

  #enter(container: Container): void {
    this.#mark.container = container;
    this.#itemsBeforeList ??= this.#mark.items;
  }

  #begin(): void {
    this.#state = 'in a value';
    this.#line = this.#mark.line;
    this.#maybeMark = 0;
    this.#follower = new ValueFollower();
    this.#finder = new PageFinder();
  }

  #isListOfPage(byte: number): boolean {
    const isDocument = this.#state === 'in a value' && this.#mark.container === 'none';
    return isDocument && this.#finder.isListOfPage(byte, this.#follower);
  }

  /** Whether what began as a value is a byte order mark, which stands between values as space does. */
  #isEndOfByteOrderMark(byte: number): boolean {
    if (this.#state !== 'in a value' || this.#maybeMark === -1) return false;
    this.#maybeMark = byte === BYTE_ORDER_MARK[this.#maybeMark] ? this.#maybeMark + 1 : -1;
    return this.#maybeMark === BYTE_ORDER_MARK.length;
  }

  #pass(byte: number): void {
    this.#mark.offset += 1;
    if (byte === NEWLINE) this.#mark.line += 1;
  }

  #finish(problem?: ItemProblem): Item {
    this.#mark.items += 1;
    const bytes = this.#value.take();
    const content = problem ?? (bytes === undefined ? toTooLarge(this.#maxBytes) : checkContent(bytes));
    return { number: this.#mark.items, line: this.#line, content, after: { ...this.#mark } };
  }
}

function incomplete(what: string): ItemProblem {
  return {
    code: 'INCOMPLETE',
    message: `The file ends before the end of ${what}; something may be missing.`,
  };
}
