import { START } from './item.ts';
import { isSpace, OPEN_LIST, OPEN_OBJECT, withoutByteOrderMarks } from './json-bytes.ts';
import { JsonScanner } from './scan-json.ts';

/** How a file holds its events: one a line, or as JSON documents (a list, pages, events over several lines). */
export type Format = 'lines' | 'json';

/** From so much of a file its format is told. */
export const HEAD_BYTES = 65_536;

/**
 * Tells the format by the first bytes of a file; undefined while more of them are needed. A file in which the first line is broken is
 * still told by the second.
 */
export function detectFormat(bytes: Buffer, isWhole: boolean): Format | undefined {
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
