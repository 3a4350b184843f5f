import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Files } from './files.ts';

/** A file of records. */
export interface Segment {
  /** Orders the segments. */
  number: number;
  name: string;
  path: string;
  /** The bytes that are on disk, and so may be read. */
  end: number;
}

/** A place between two records. */
export interface Position {
  /** The number of the segment. */
  segment: number;
  offset: number;
}

const NAME = /^(\d{12})-[0-9a-f]{8}\.segment$/;

/** Names a segment. The random part makes a checkpoint of an older file of this number void. */
export function newSegment(directory: string, number: number): Segment {
  const name = `${String(number).padStart(12, '0')}-${randomBytes(4).toString('hex')}.segment`;
  return { number, name, path: join(directory, name), end: 0 };
}

/** Lists the segments that an earlier process left, in order. */
export async function listSegments(files: Files, directory: string): Promise<Segment[]> {
  const segments: Segment[] = [];
  for (const name of await files.readdir(directory)) {
    const [, number] = NAME.exec(name) ?? [];
    if (number === undefined) continue;
    const path = join(directory, name);
    segments.push({ number: Number(number), name, path, end: (await files.stat(path)).size });
  }
  return segments.sort((a, b) => a.number - b.number);
}

export function isBefore(a: Position, b: Position): boolean {
  return a.segment === b.segment ? a.offset < b.offset : a.segment < b.segment;
}
