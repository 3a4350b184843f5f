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
import type { Mark } from '../items/item.ts';
import type { Format } from '../items/scan-items.ts';
import type { Tally } from '../send-batches.ts';

/** How far an input is sent: every item before the mark has its receipt. */
interface Progress {
  format: Format;
  mark: Mark;
  tally: Tally;
}

interface ResumePoint extends Progress {
  /** The file and the server. For a changed file or another server the point is ignored. */
  sending: { bytes: number; modifiedAtMs: number; beginning: string; url: string };
  /** The whole file is sent. The point is kept until the other files are sent too. */
  isDone: boolean;
}

const VERSION = 1;
const BEGINNING_BYTES = 65_536;

/** Keeps the resume point of a file: hidden beside the file, or in a directory of its own. */
export class ResumeFile {
  readonly #path: string;
  readonly #sending: ResumePoint['sending'];
  readonly #warn: (reason: string) => void;
  #newest: ResumePoint | undefined;
  #isBroken = false;
  /** The point that an earlier run left. */
  readonly point: ResumePoint | undefined;

  /** Throws what the file system throws if the file to send cannot be read. */
  constructor(
    file: string,
    { url, stateDir, restarts }: { url: URL; stateDir: string | undefined; restarts: boolean },
    warn: (reason: string) => void,
  ) {
    const key = createHash('sha256').update(file).digest('hex').slice(0, 16);
    this.#path =
      stateDir === undefined
        ? join(dirname(file), `.${basename(file)}.ingest-progress`)
        : join(stateDir, `${basename(file)}.${key}.ingest-progress`);
    this.#sending = { ...readFingerprint(file), url: url.href };
    this.#warn = warn;
    this.point = restarts ? undefined : this.#find();
  }

  /** The size of the file to send. */
  get bytes(): number {
    return this.#sending.bytes;
  }

  /** Records that everything before the mark has its receipt. */
  keep(progress: Progress): void {
    this.#newest = { sending: this.#sending, ...progress, isDone: false };
    this.#write(this.#newest);
  }

  /** Records that the whole file is sent. */
  finish(): void {
    const newest = this.#newest ?? this.point;
    if (newest !== undefined) this.#write({ ...newest, isDone: true });
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }

  /** Reads the resume point; undefined if there is none that is whole and for this sending. */
  #find(): ResumePoint | undefined {
    try {
      const { version, ...point } = JSON.parse(readFileSync(this.#path, 'utf8'));
      const isSame = JSON.stringify(point.sending) === JSON.stringify(this.#sending);
      return version === VERSION && isSame ? point : undefined;
    } catch {
      return undefined;
    }
  }

  /** A reader sees either the old point or the new one, even after a crash. */
  #write(point: ResumePoint): void {
    if (this.#isBroken) return;
    const draft = `${this.#path}.${process.pid}`;
    try {
      writeFileSync(draft, JSON.stringify({ version: VERSION, ...point }));
      renameSync(draft, this.#path);
    } catch (failure) {
      rmSync(draft, { force: true });
      // Without a resume point nothing is lost: an event that is sent again is a duplicate.
      this.#isBroken = true;
      this.#warn(failure instanceof Error ? failure.message : String(failure));
    }
  }
}

/** Reads the fingerprint of a file. `beginning` is a hash of its first bytes. */
function readFingerprint(path: string): Omit<ResumePoint['sending'], 'url'> {
  const file = openSync(path, 'r');
  try {
    const { size: bytes, mtimeMs: modifiedAtMs } = fstatSync(file);
    const head = Buffer.alloc(Math.min(bytes, BEGINNING_BYTES));
    readSync(file, head);
    return { bytes, modifiedAtMs, beginning: createHash('sha256').update(head).digest('hex') };
  } finally {
    closeSync(file);
  }
}
