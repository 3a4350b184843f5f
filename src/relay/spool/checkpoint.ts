import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { type Files, readUpTo, replaceFile } from './files.ts';

const FILE = 'checkpoint';
const LONGEST_BYTES = 1_024;

/** Up to where the events of a segment are confirmed. */
export interface Checkpoint {
  /** The name of the segment's file. */
  segment: string;
  offset: number;
}

/** Saves a checkpoint as one line: crc32, offset and name of the segment. */
export async function saveCheckpoint(
  files: Files,
  directory: string,
  { segment, offset }: Checkpoint,
): Promise<void> {
  const text = `${offset} ${segment}`;
  await replaceFile(files, join(directory, FILE), Buffer.from(`${crc32(text)} ${text}\n`));
}

/** Reads the checkpoint. Returns undefined if there is none, or if the file is damaged. */
export async function readCheckpoint(files: Files, directory: string): Promise<Checkpoint | undefined> {
  const bytes = await readUpTo(files, join(directory, FILE), 0, LONGEST_BYTES).catch(() => undefined);
  const [, sum, text = '', offset, segment = ''] =
    /^(\d+) ((\d+) ([\w.-]+))\n$/.exec(bytes?.toString('latin1') ?? '') ?? [];
  return sum === String(crc32(text)) ? { segment, offset: Number(offset) } : undefined;
}
