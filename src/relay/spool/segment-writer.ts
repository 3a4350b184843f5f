import type { FileHandle } from 'node:fs/promises';
import { FILE_MODE, type Files, syncDirectory, writeAll } from './files.ts';
import { newSegment, type Segment } from './segments.ts';

/** A segment of this size is followed by a new one, so the space of confirmed events is freed. */
const SEGMENT_BYTES = 8_388_608;

/** Bytes that wait for their fsync. */
interface Pending {
  bytes: Buffer;
  resolve(): void;
  reject(failure: unknown): void;
}

export interface WriterOptions {
  files: Files;
  directory: string;
  /** The number of the first segment; greater than any that exists. */
  firstNumber: number;
  segmentBytes?: number;
  /** Called when a segment exists; it is empty. */
  onBegin(segment: Segment): void;
  /** Called when the end of a segment has moved. */
  onWritten(bytes: number): void;
  /** Called when an empty segment is given up after a failure. */
  onDiscarded(segment: Segment): void;
}

/**
 * Appends bytes to segments with group commit: one write and one fsync for everything that
 * arrived during the fsync before.
 */
export class SegmentWriter {
  readonly #options: WriterOptions;
  #nextNumber: number;
  #open: { segment: Segment; file: FileHandle } | undefined;
  #pending: Pending[] = [];
  #flushing: Promise<void> | undefined;
  /** Bytes that are not on disk yet. */
  pendingBytes = 0;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#nextNumber = options.firstNumber;
  }

  /** Whether a segment may still grow. */
  isOpen({ number }: Segment): boolean {
    return this.#open?.segment.number === number;
  }

  /** Resolves when the bytes are on disk. Rejects if they may not be. */
  append(bytes: Buffer): Promise<void> {
    this.pendingBytes += bytes.length;
    return new Promise((resolve, reject) => {
      this.#pending.push({ bytes, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  /** Waits for everything appended, and closes the segment. */
  async close(): Promise<void> {
    await this.#flushing;
    await this.#abandon();
  }

  async #flush(): Promise<void> {
    // What arrives in the same turn of the event loop belongs to the group.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#pending.length > 0) {
      const group = this.#pending;
      this.#pending = [];
      const bytes = Buffer.concat(group.map((one) => one.bytes));
      const failure = await this.#write(bytes).then(
        () => undefined,
        (reason: unknown) => ({ reason }),
      );
      this.pendingBytes -= bytes.length;
      for (const { resolve, reject } of group) {
        if (failure === undefined) resolve();
        else reject(failure.reason);
      }
    }
    this.#flushing = undefined;
  }

  async #write(bytes: Buffer): Promise<void> {
    const { segmentBytes = SEGMENT_BYTES, onWritten } = this.#options;
    if (this.#open !== undefined && this.#open.segment.end >= segmentBytes) await this.#abandon();
    this.#open ??= await this.#begin();
    const { segment, file } = this.#open;
    try {
      await writeAll(file, bytes, segment.end);
      await file.datasync();
    } catch (failure) {
      await this.#cut(segment, file);
      throw failure;
    }
    segment.end += bytes.length;
    onWritten(bytes.length);
  }

  async #begin(): Promise<{ segment: Segment; file: FileHandle }> {
    const { files, directory, onBegin } = this.#options;
    const segment = newSegment(directory, this.#nextNumber);
    // The file may exist after a failure, too, so its number is never used again.
    this.#nextNumber += 1;
    const file = await files.open(segment.path, 'wx', FILE_MODE);
    try {
      await syncDirectory(files, directory);
    } catch (failure) {
      await file.close().catch(() => undefined);
      await files.rm(segment.path, { force: true }).catch(() => undefined);
      throw failure;
    }
    onBegin(segment);
    return { segment, file };
  }

  /**
   * Gives a segment up after a failed write or fsync. What is behind its end is unknown: the
   * kernel may report a failed fsync once and then treat the lost pages as written. So nothing is
   * ever written behind that place again.
   */
  async #cut(segment: Segment, file: FileHandle): Promise<void> {
    const { files, onDiscarded } = this.#options;
    await file.truncate(segment.end).catch(() => undefined);
    await this.#abandon();
    if (segment.end > 0) return;
    onDiscarded(segment);
    await files.rm(segment.path, { force: true }).catch(() => undefined);
  }

  async #abandon(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    // A failed close loses nothing: the segment ends where the last fsync succeeded.
    await open?.file.close().catch(() => undefined);
  }
}
