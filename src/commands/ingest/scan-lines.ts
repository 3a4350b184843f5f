import { checkContent, type Item, type Mark, type Scanner, toTooLarge } from './item.ts';
import { isSpace, NEWLINE, withoutByteOrderMarks } from './json-bytes.ts';
import { Pieces } from './pieces.ts';

/**
 * Finds the items of newline-delimited JSON: one a line, whatever is wrong with the others. Blank lines are none, and a byte order mark
 * before an item is no part of it.
 */
export class LineScanner implements Scanner {
  readonly #maxBytes: number;
  readonly #line: Pieces;
  #mark: Mark;
  #isBlank = true;

  constructor(start: Mark, maxBytes: number) {
    this.#mark = start;
    this.#maxBytes = maxBytes;
    this.#line = new Pieces(maxBytes);
  }

  push(piece: Buffer): Item[] {
    const items: Item[] = [];
    let from = 0;
    for (let end = piece.indexOf(NEWLINE); end !== -1; end = piece.indexOf(NEWLINE, from)) {
      this.#add(piece.subarray(from, end));
      from = end + 1;
      items.push(...this.#endLine(1));
    }
    if (from < piece.length) this.#add(piece.subarray(from));
    return items;
  }

  end(): Item[] {
    return this.#endLine(0);
  }

  #add(bytes: Buffer): void {
    this.#isBlank &&= bytes.every(isSpace);
    this.#mark = { ...this.#mark, offset: this.#mark.offset + bytes.length };
    this.#line.add(bytes);
  }

  #endLine(newlines: number): Item[] {
    const { offset, line, items } = this.#mark;
    const taken = this.#line.take();
    const bytes = taken && withoutByteOrderMarks(taken);
    const isItem = !this.#isBlank && bytes?.length !== 0;
    this.#isBlank = true;
    const number = isItem ? items + 1 : items;
    this.#mark = { offset: offset + newlines, line: line + newlines, items: number, container: 'none' };
    if (!isItem) return [];
    const content = bytes === undefined ? toTooLarge(this.#maxBytes) : checkContent(bytes);
    return [{ number, line, content, after: this.#mark }];
  }
}
