import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Mark } from '../items/item.ts';
import type { Format } from '../items/scan-items.ts';
import { ProgressFile } from '../progress-file.ts';
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
  readonly #file: ProgressFile;
  readonly #sending: ResumePoint['sending'];
  #newest: ResumePoint | undefined;
  /** The point that an earlier run left. */
  readonly point: ResumePoint | undefined;

  /** Throws what the file system throws if the file to send cannot be read. */
  constructor(
    file: string,
    { url, stateDir, restarts }: { url: URL; stateDir: string | undefined; restarts: boolean },
    warn: (reason: string) => void,
  ) {
    const key = createHash('sha256').update(file).digest('hex').slice(0, 16);
    const path =
      stateDir === undefined
        ? join(dirname(file), `.${basename(file)}.ingest-progress`)
        : join(stateDir, `${basename(file)}.${key}.ingest-progress`);
    this.#file = new ProgressFile(path, warn);
    this.#sending = { ...readFingerprint(file), url: url.href };
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

  #write(point: ResumePoint): void {
    this.#file.write({ version: VERSION, ...point });
  }

  remove(): void {
    this.#file.remove();
  }

  /** Reads the resume point; undefined if there is none that is whole and for this sending. */
  #find(): ResumePoint | undefined {
    const { version, ...point } = (this.#file.read() ?? {}) as ResumePoint & { version?: number };
    const isSame = JSON.stringify(point.sending) === JSON.stringify(this.#sending);
    return version === VERSION && isSame ? point : undefined;
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
