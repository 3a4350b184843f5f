import { Misconfiguration } from '../../domain/misconfiguration.ts';
import { type Item, type Mark, type Scanner, START } from './item.ts';
import { isSpace, NEWLINE, OPEN_LIST, OPEN_OBJECT, withoutByteOrderMarks } from './json-bytes.ts';
import { JsonScanner } from './scan-json.ts';
import { LineScanner } from './scan-lines.ts';

/** One event per line, or JSON documents: a list, pages, or events over several lines. */
export type Format = 'lines' | 'json';

interface ReadOptions {
  format: Format | 'auto';
  start: Mark;
  /** The bytes of a larger item are dropped; the item is reported. */
  maxItemBytes: number;
}

/** The items of an input, grouped by the chunk in which they end. */
export interface ItemSource {
  format: Format;
  items: AsyncGenerator<Item[], void>;
}

/** The format is detected from at most this many bytes. */
const HEAD_BYTES = 65_536;

/**
 * Reads the items of an input from a mark, where `chunks` start. Throws a Misconfiguration that
 * names the input if it is not text.
 */
export async function readItems(
  name: string,
  chunks: AsyncIterable<Buffer>,
  { format: wanted, start, maxItemBytes }: ReadOptions,
): Promise<ItemSource> {
  const iterator = chunks[Symbol.asyncIterator]();
  let head: Buffer = Buffer.alloc(0);
  let format = wanted === 'auto' ? undefined : wanted;
  let isWhole = false;
  // Two bytes show a compressed or UTF-16 file; a byte order mark has three.
  while (!isWhole && (head.length < 4 || format === undefined)) {
    const { done, value } = await iterator.next();
    isWhole = done === true;
    if (value !== undefined) head = Buffer.concat([head, value]);
    // Detection needs the end of a line, or enough bytes without one.
    const canDetect = isWhole || head.length >= HEAD_BYTES || value?.includes(NEWLINE) === true;
    if (wanted === 'auto' && canDetect) format = detectFormat(head, isWhole);
  }
  if (start.offset === START.offset) checkIsText(name, head);
  format ??= 'lines';
  const Scanner = format === 'lines' ? LineScanner : JsonScanner;
  return { format, items: scan(new Scanner(start, maxItemBytes), head, iterator) };
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

/**
 * Detects the format from the first bytes of a file; undefined while more bytes are needed. If the
 * first line is broken, the second line decides.
 */
function detectFormat(bytes: Buffer, isWhole: boolean): Format | undefined {
  const isEnough = isWhole || bytes.length >= HEAD_BYTES;
  const head = withoutByteOrderMarks(bytes);
  const first = head.find((byte) => !isSpace(byte));
  if (first === undefined) return isEnough ? 'lines' : undefined;
  if (first !== OPEN_OBJECT && first !== OPEN_LIST) return 'lines';
  const scanner = new JsonScanner(START, HEAD_BYTES);
  scanner.push(head);
  if (scanner.beginsWithList) return 'json';

  const lines = head
    .toString('utf8')
    .split('\n')
    .map((line) => line.replace(/^\ufeff+/, ''));
  const last = lines.pop() ?? '';
  if (isWhole) lines.push(last);
  const [line = '', next] = lines.filter((text) => text.trim() !== '');
  if (isObject(line) || (next?.startsWith('{') && isObject(next))) return 'lines';
  if (next === undefined && !isEnough) return undefined;
  return line === '' ? 'lines' : 'json';
}

function isObject(text: string): boolean {
  if (!text.trim().startsWith('{')) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
