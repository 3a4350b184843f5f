import { Misconfiguration } from '../../domain/misconfiguration.ts';
import { detectFormat, type Format, HEAD_BYTES } from './detect-format.ts';
import { type Item, type Mark, type Scanner, START } from './item.ts';
import { NEWLINE } from './json-bytes.ts';
import { JsonScanner } from './scan-json.ts';
import { LineScanner } from './scan-lines.ts';

/** Where and how reading begins. */
export interface Reading {
  format: Format | 'auto';
  start: Mark;
  /** An item of more bytes is not kept, only told of. */
  maxItemBytes: number;
}

/** Items of a file, as many at a time as came with one piece of it. */
export interface ItemSource {
  format: Format;
  items: AsyncGenerator<Item[], void>;
}

/**
 * Reads the items in a file's bytes from a mark on, where `pieces` begin. The format is told by the first of them. Throws a
 * Misconfiguration, which names the file, for what cannot be read as text.
 */
export async function readItems(
  name: string,
  pieces: AsyncIterable<Buffer>,
  { format: wanted, start, maxItemBytes }: Reading,
): Promise<ItemSource> {
  const iterator = pieces[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  let format = wanted === 'auto' ? undefined : wanted;
  let isWhole = false;
  while (!isWhole && (head.length < 4 || format === undefined)) {
    const { done, value } = await iterator.next();
    isWhole = done === true;
    if (value !== undefined) head = Buffer.concat([head, value]);
    // Only the end of a line tells anything, or so much that its end need not be waited for.
    const tells = isWhole || head.length >= HEAD_BYTES || value?.includes(NEWLINE) === true;
    if (wanted === 'auto' && tells) format = detectFormat(head, isWhole);
  }
  if (start.offset === START.offset) checkIsText(name, head);
  const told = format ?? 'lines';
  const scanner =
    told === 'lines' ? new LineScanner(start, maxItemBytes) : new JsonScanner(start, maxItemBytes);
  return { format: told, items: scan(scanner, head, iterator) };
}

async function* scan(
  scanner: Scanner,
  head: Buffer,
  rest: AsyncIterator<Buffer>,
): AsyncGenerator<Item[], void> {
  try {
    yield scanner.push(head);
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
      yield scanner.push(next.value);
    }
    yield scanner.end();
  } finally {
    await rest.return?.();
  }
}

function checkIsText(name: string, head: Buffer): void {
  if (head[0] === 0x1f && head[1] === 0x8b) {
    throw new Misconfiguration([
      `${name}: this is compressed; unpack it, or pipe it in: gunzip -c FILE | npm run ingest`,
    ]);
  }
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) {
    throw new Misconfiguration([`${name}: this is UTF-16; JSON is UTF-8.`]);
  }
}
