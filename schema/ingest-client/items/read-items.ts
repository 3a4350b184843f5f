import { UsageError } from '../console/usage-error.ts';
import { checkContent, type Item, type Mark, START } from './item.ts';
import { type Format, ItemScanner } from './scan-items.ts';

/** The format is detected from at most this many bytes. */
const HEAD_BYTES = 65_536;

/**
 * Reads the items of an input from a mark, where `chunks` start. Returns the format, and the
 * items grouped by the chunk in which they end. The bytes of an item beyond `maxItemBytes` are
 * dropped. Throws a UsageError that names the input if it is not text.
 */
export async function readItems(
  name: string,
  chunks: AsyncIterable<Buffer>,
  { format: wanted, start, maxItemBytes }: { format: Format | 'auto'; start: Mark; maxItemBytes: number },
): Promise<{ format: Format; items: AsyncGenerator<Item[], void> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  let format = wanted === 'auto' ? undefined : wanted;
  // Two bytes show a compressed or UTF-16 file.
  for (let isWhole = false; !isWhole && (head.length < 2 || format === undefined); ) {
    const { done, value = head.subarray(0, 0) } = await iterator.next();
    isWhole = done === true;
    head = Buffer.concat([head, value]);
    if (wanted === 'auto') format = detectFormat(head, isWhole);
  }
  if (start.offset === START.offset) checkIsText(name, head);
  format ??= 'lines';
  const scanner = new ItemScanner(format, start, maxItemBytes);
  return { format, items: scan(scanner, head, { [Symbol.asyncIterator]: () => iterator }) };
}

async function* scan(
  scanner: ItemScanner,
  head: Buffer,
  rest: AsyncIterable<Buffer>,
): AsyncGenerator<Item[], void> {
  yield scanner.push(head);
  for await (const chunk of rest) yield scanner.push(chunk);
  yield scanner.end();
}

function checkIsText(name: string, head: Buffer): void {
  const signature = head.toString('latin1', 0, 2);
  if (signature === '\u{1f}\u{8b}') {
    throw new UsageError([
      `${name}: this is compressed; unpack it, or pipe it in: gunzip -c FILE | npm run ingest`,
    ]);
  }
  if (signature === '\u{ff}\u{fe}' || signature === '\u{fe}\u{ff}') {
    throw new UsageError([`${name}: this is UTF-16; JSON is UTF-8.`]);
  }
}

/**
 * Detects the format from the beginning of a file; undefined while more bytes are needed. If
 * the first line is broken, the second line decides.
 */
function detectFormat(head: Buffer, isWhole: boolean): Format | undefined {
  const isEnough = isWhole || head.length >= HEAD_BYTES;
  if (!isEnough && !head.includes('\n')) return undefined;
  // Trimming removes byte order marks too. The decoder leaves out a character that is cut.
  const text = new TextDecoder().decode(head, { stream: true }).trimStart();
  if (text === '') return isEnough ? 'lines' : undefined;
  if (!/^[[{]/.test(text)) return 'lines';
  const scanner = new ItemScanner('json', START, HEAD_BYTES);
  scanner.push(head);
  if (scanner.beginsWithList) return 'json';
  const lines = text.split('\n').slice(0, isWhole ? undefined : -1);
  const [first, second] = lines.map((line) => line.trimStart()).filter((line) => line !== '');
  if (isObject(first) || isObject(second) || (first === undefined && isEnough)) return 'lines';
  return second === undefined && !isEnough ? undefined : 'json';
}

function isObject(line = ''): boolean {
  if (!line.startsWith('{')) return false;
  const content = checkContent(Buffer.from(line));
  return Buffer.isBuffer(content) || content.code !== 'NOT_JSON';
}
