import { checkContent, type Item, ItemBytes, type Mark, type Scanner } from './item.ts';
import { isSpace, NEWLINE, withoutByteOrderMarks } from './json-bytes.ts';

/**
 * Finds the items of newline-delimited JSON: one per line, whatever the other lines contain. Blank
 * lines are no items, and a byte order mark before an item is not part of it.
 */
export class LineScanner implements Scanner {
  readonly #bytes: ItemBytes;
  readonly #mark: Mark;
  #isBlank = true;

  constructor(start: Mark, maxBytes: number) {
    this.#mark = { ...start };
    this.#bytes = new ItemBytes(maxBytes);
  }

  push(chunk: Buffer): Item[] {
    const items: Item[] = [];
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      this.#add(chunk.subarray(from, end));
      from = end + 1;
      items.push(...this.#endLine(1));
    }
    if (from < chunk.length) this.#add(chunk.subarray(from));
    return items;
  }

  end(): Item[] {
    return this.#endLine(0);
  }

  #add(bytes: Buffer): void {
    this.#isBlank &&= bytes.every(isSpace);
    this.#mark.offset += bytes.length;
    this.#bytes.add(bytes);
  }

  #endLine(newlines: 0 | 1): Item[] {
    const { line } = this.#mark;
    const taken = this.#bytes.take();
    const bytes = Buffer.isBuffer(taken) ? withoutByteOrderMarks(taken) : undefined;
    const isItem = !this.#isBlank && bytes?.length !== 0;
    this.#isBlank = true;
    this.#mark.offset += newlines;
    this.#mark.line += newlines;
    this.#mark.container = 'none';
    if (!isItem) return [];
    this.#mark.items += 1;
    const content = bytes === undefined ? taken : checkContent(bytes);
    return [{ number: this.#mark.items, line, content, after: { ...this.#mark } }];
  }
}
