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
import { basename, dirname, join } from 'node:path';
import type { Mark } from './item.ts';
import type { Format } from './read-items.ts';
import type { Tally } from './totals.ts';

/** How far an input is sent: every item before the mark has its receipt. */
export interface Progress {
  format: Format;
  mark: Mark;
  tally: Tally;
}

/** Identifies a file and a server. A resume point for a changed file or another server is ignored. */
interface Sending {
  bytes: number;
  modifiedAtMs: number;
  /** Hash of the first bytes of the file. */
  beginning: string;
  url: string;
}

interface ResumePoint extends Progress {
  sending: Sending;
  /** The whole file is sent. The point is kept until the other files of the command are sent too. */
  isDone: boolean;
}

const VERSION = 1;
const BEGINNING_BYTES = 65_536;
/** After a crash, at most the items of this time are sent again. */
const WRITE_EVERY_MS = 1_000;

/** Keeps the resume point of a file: hidden beside the file, or in a directory of its own. */
export class ResumeFile {
  readonly #path: string;
  readonly #sending: Sending;
  readonly #warn: (reason: string) => void;
  #newest: ResumePoint | undefined;
  #writtenAt = performance.now();
  #isBroken = false;
  /** The point that an earlier run left. */
  readonly point: ResumePoint | undefined;

  /** Throws what the file system throws if the file to send cannot be read. */
  constructor(
    file: string,
    { url, stateDir, restarts }: { url: string; stateDir: string | undefined; restarts: boolean },
    warn: (reason: string) => void,
  ) {
    this.#path = toResumePath(file, stateDir);
    this.#sending = toSending(file, url);
    this.#warn = warn;
    this.point = restarts ? undefined : findResumePoint(this.#path, this.#sending);
    this.#newest = this.point;
  }

  /** The size of the file to send. */
  get bytes(): number {
    return this.#sending.bytes;
  }

  /** Records progress. `isUrgent` writes it at once, so that no problem is reported twice. */
  keep(progress: Progress, isUrgent: boolean): void {
    this.#newest = { sending: this.#sending, ...progress, isDone: false };
    if (isUrgent || performance.now() - this.#writtenAt > WRITE_EVERY_MS) this.#write(this.#newest);
  }

  /** Writes the newest progress when no more of the file is sent. */
  close(isDone: boolean): void {
    if (this.#newest !== undefined) this.#write({ ...this.#newest, isDone });
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }

  /** A reader sees either the old point or the new one, even after a crash. */
  #write(point: ResumePoint): void {
    if (this.#isBroken) return;
    const draft = `${this.#path}.${process.pid}`;
    try {
      writeFileSync(draft, JSON.stringify({ version: VERSION, ...point }));
      renameSync(draft, this.#path);
      this.#writtenAt = performance.now();
    } catch (failure) {
      rmSync(draft, { force: true });
      // Without a resume point nothing is lost: an event that is sent again is a duplicate.
      this.#isBroken = true;
      this.#warn(failure instanceof Error ? failure.message : String(failure));
    }
  }
}

function toResumePath(file: string, stateDir: string | undefined): string {
  if (stateDir === undefined) return join(dirname(file), `.${basename(file)}.ingest-progress`);
  const key = createHash('sha256').update(file).digest('hex').slice(0, 16);
  return join(stateDir, `${basename(file)}.${key}.ingest-progress`);
}

function toSending(path: string, url: string): Sending {
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

/** Reads a resume point; undefined if there is none that is whole and for this sending. */
function findResumePoint(path: string, sending: Sending): ResumePoint | undefined {
  try {
    const { version, ...point } = JSON.parse(readFileSync(path, 'utf8'));
    const isSame = version === VERSION && JSON.stringify(point.sending) === JSON.stringify(sending);
    return isSame ? point : undefined;
  } catch {
    return undefined;
  }
}
