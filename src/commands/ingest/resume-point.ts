import { createHash } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Format } from './detect-format.ts';
import type { Mark } from './item.ts';
import type { Tally } from './tally.ts';

/** Which file was sent to where: another file under the same name, or another server, begins anew. */
export interface Sending {
  bytes: number;
  modifiedAtMs: number;
  /** Hash of the file's beginning. */
  beginning: string;
  url: string;
}

/** How far a file is sent: everything before the mark is answered for. */
export interface ResumePoint {
  sending: Sending;
  format: Format;
  mark: Mark;
  tally: Tally;
  /** The whole file is; kept until the files sent with it are, too. */
  isDone: boolean;
}

const BEGINNING_BYTES = 65_536;

/** Where the resume point of a file is kept: hidden beside it, or in a directory under a name of its own. */
export function toResumePath(path: string, stateDir: string | undefined): string {
  const whole = resolve(path);
  if (stateDir === undefined) return join(dirname(whole), `.${basename(whole)}.ingest-progress`);
  const key = createHash('sha256').update(whole).digest('hex').slice(0, 16);
  return join(stateDir, `${basename(whole)}.${key}.ingest-progress`);
}

/** Looks at a file that is to be sent. Throws what the file system throws. */
export function toSending(path: string, url: string): Sending {
  const file = openSync(path, 'r');
  try {
    const { size: bytes, mtimeMs: modifiedAtMs } = fstatSync(file);
    const beginning = Buffer.alloc(Math.min(bytes, BEGINNING_BYTES));
    const read = readSync(file, beginning, 0, beginning.length, 0);
    const hash = createHash('sha256').update(beginning.subarray(0, read)).digest('hex');
    return { bytes, modifiedAtMs, beginning: hash, url };
  } finally {
    closeSync(file);
  }
}

/** Reads a resume point; undefined where there is none for just this sending. */
export function findResumePoint(path: string, sending: Sending): ResumePoint | undefined {
  try {
    const { version, ...point } = JSON.parse(readFileSync(path, 'utf8'));
    const isSame = version === VERSION && JSON.stringify(point.sending) === JSON.stringify(sending);
    return isSame ? point : undefined;
  } catch {
    return undefined;
  }
}

const VERSION = 1;

/** Writes a resume point: whoever ends this process, either the old one or the new one is there. */
export function writeResumePoint(path: string, point: ResumePoint): void {
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, JSON.stringify({ version: VERSION, ...point }));
    renameSync(draft, path);
  } catch (failure) {
    rmSync(draft, { force: true });
    throw failure;
  }
}

export function removeResumePoint(path: string): void {
  rmSync(path, { force: true });
}
