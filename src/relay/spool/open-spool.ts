/**
 * The spool keeps accepted deliveries on disk until the service has confirmed them.
 *
 * Files in the directory:
 * - `N-X.segment`: records, one per event, appended in order of arrival. N orders the segments, X
 *   is random. A start begins a new segment and only reads the older ones.
 * - `checkpoint`: up to where the events of one segment, named with N and X, are confirmed.
 * - `rejected.ndjson`: events that will never be stored.
 *
 * An event passes through these states:
 *
 *     pending ── write, fsync ─► durable ── receipts ─► confirmed ─► its segment is deleted
 *        └── write or fsync fails ─► refused: the sender gets 503, never 204
 *
 * - *pending*: in memory. Everything that arrives during an fsync is the next group: one write,
 *   one fsync (segment-writer.ts).
 * - *durable*: the delivery is answered with 204. Only now can it be read, and always from disk,
 *   so memory stays flat while the service is away.
 * - *confirmed*: every event up to a position has its receipt, or is in rejected.ndjson on disk.
 *   Segments before that position are deleted.
 *
 * Guarantees:
 * - A durable event is read until it is confirmed, whatever is killed in between. A segment is
 *   deleted only when all of its events are confirmed. The checkpoint only avoids repeats: without
 *   it, or if it is damaged, the segments are read from their beginning. It never applies to
 *   another file, because X is random.
 * - A record is read whole or not at all, by its checksum. The torn record that `kill -9` or a
 *   power cut leaves at the end of a segment was never answered, and is skipped. After damage in
 *   the middle the search continues with the next whole record, and the loss is logged.
 * - After a failed write or fsync nothing is appended to that segment again. The next group
 *   begins a new one, so the spool works again as soon as there is space.
 * - An event may be read twice (after a crash), and a refused one may be read too. Ingest is
 *   idempotent, so both are harmless.
 */
import { once } from 'node:events';
import type { Logger } from 'pino';
import { readCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { FILES, type Files, syncParents, tryWrite } from './files.ts';
import { type ReadEntries, type ReadLimits, readSegment } from './read-segment.ts';
import { toRecord } from './record.ts';
import { SegmentWriter } from './segment-writer.ts';
import { isBefore, listSegments, type Position, type Segment } from './segments.ts';

const CHECKPOINT_EVERY_MS = 500;
const PROBE_EVERY_MS = 1_000;

/** The spool contains MAX_SPOOL_BYTES. */
export class SpoolFull extends Error {}

export interface SpoolOptions {
  directory: string;
  maxBytes: number;
  log: Logger;
  files?: Files;
  segmentBytes?: number;
}

/** Opens the spool in a directory that this process holds. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { directory, files = FILES, log } = options;
  await syncParents(files, directory);
  const segments = await listSegments(files, directory);
  const checkpoint = await readCheckpoint(files, directory);
  const named = segments.find(({ name }) => name === checkpoint?.segment);
  const start: Position = { segment: segments[0]?.number ?? 0, offset: 0 };
  const spool = new Spool(options, segments, start);
  // An older segment was confirmed too, but its deletion was cut off. Then both are read again.
  if (named !== undefined && named === segments[0]) {
    await spool.confirm({ segment: named.number, offset: checkpoint?.offset ?? 0 });
  }
  if (spool.bytes > 0) log.info({ bytes: spool.bytes }, 'the spool contains deliveries of an earlier run');
  return spool;
}

export class Spool implements AsyncDisposable {
  readonly #options: SpoolOptions & { files: Files };
  readonly #appended = new EventTarget();
  readonly #writer: SegmentWriter;
  #segments: Segment[];
  #confirmed: Position;
  #bytes: number;
  #savedAt = 0;
  #saving: Promise<void> | undefined;
  #probe: { at: number; result: Promise<boolean> } | undefined;

  constructor({ files = FILES, ...options }: SpoolOptions, segments: Segment[], confirmed: Position) {
    this.#options = { ...options, files };
    this.#segments = segments;
    this.#confirmed = confirmed;
    this.#bytes = segments.reduce((sum, { end }) => sum + end, 0);
    this.#writer = new SegmentWriter({
      ...this.#options,
      firstNumber: (segments.at(-1)?.number ?? 0) + 1,
      onBegin: (segment) => this.#segments.push(segment),
      onDiscarded: (segment) => {
        this.#segments = this.#segments.filter((other) => other !== segment);
      },
      onWritten: (bytes) => {
        this.#bytes += bytes;
        this.#appended.dispatchEvent(new Event('append'));
      },
    });
  }

  /** Bytes of durable records that are not confirmed. */
  get bytes(): number {
    return this.#bytes;
  }

  get isFull(): boolean {
    return this.#bytes + this.#writer.pendingBytes >= this.#options.maxBytes;
  }

  /** The place after the last confirmed event. */
  get confirmed(): Position {
    return this.#confirmed;
  }

  /**
   * Stores the events of one delivery. Resolves when they are on disk. Rejects with SpoolFull, or
   * with the error of the disk.
   */
  async append(events: readonly Buffer[], at: number): Promise<void> {
    if (events.length === 0) return;
    if (this.isFull) throw new SpoolFull();
    await this.#writer.append(Buffer.concat(events.map((event) => toRecord(event, at))));
  }

  /**
   * Reads events after a position: at most `count`, and at most `bytes` unless the first one is
   * larger. Returns none if `next` has reached the end, or has passed damage.
   */
  async read(from: Position, limits: ReadLimits): Promise<ReadEntries> {
    const segment = this.#segments.find(({ number }) => number >= from.segment);
    if (segment === undefined) return { entries: [], next: from };
    const offset = segment.number === from.segment ? from.offset : 0;
    const next = { segment: segment.number, offset };
    if (offset < segment.end) return await readSegment(this.#options, segment, offset, limits);
    const isLast = this.#writer.isOpen(segment) || segment === this.#segments.at(-1);
    return isLast
      ? { entries: [], next }
      : await this.read({ segment: segment.number + 1, offset: 0 }, limits);
  }

  /** Resolves when there are bytes to read after a position. */
  async waitFor(position: Position, signal: AbortSignal): Promise<void> {
    for (;;) {
      const last = this.#segments.at(-1);
      if (last !== undefined && isBefore(position, { segment: last.number, offset: last.end })) return;
      await once(this.#appended, 'append', { signal });
    }
  }

  /** Confirms all events before a position, and deletes the segments that end before it. */
  async confirm(position: Position): Promise<void> {
    this.#confirmed = position;
    const isDone = (segment: Segment) =>
      segment.number < position.segment ||
      (segment.number === position.segment &&
        segment.end <= position.offset &&
        !this.#writer.isOpen(segment));
    const done = this.#segments.filter(isDone);
    this.#segments = this.#segments.filter((segment) => !done.includes(segment));
    const [first] = this.#segments;
    const confirmedBytes = first?.number === position.segment ? position.offset : 0;
    this.#bytes = this.#segments.reduce((sum, { end }) => sum + end, 0) - confirmedBytes;
    await Promise.all(done.map((segment) => this.#remove(segment)));
    if (performance.now() - this.#savedAt >= CHECKPOINT_EVERY_MS) this.#saving ??= this.#save();
  }

  /** When the oldest event arrived that is not confirmed, in milliseconds since 1970. */
  async readOldest(): Promise<number | undefined> {
    if (this.#bytes === 0) return undefined;
    const { entries } = await this.read(this.#confirmed, { count: 1, bytes: 1 });
    return entries[0]?.at;
  }

  /** Returns whether the disk takes a write; tried at most once a second. */
  isWritable(): Promise<boolean> {
    const now = performance.now();
    if (this.#probe === undefined || now - this.#probe.at >= PROBE_EVERY_MS) {
      this.#probe = { at: now, result: tryWrite(this.#options.files, this.#options.directory) };
    }
    return this.#probe.result;
  }

  /** Waits for pending writes and saves the checkpoint. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close();
    await this.confirm(this.#confirmed);
    await this.#saving;
    await this.#save();
  }

  async #remove({ path, name }: Segment): Promise<void> {
    const { files, log } = this.#options;
    await files.rm(path, { force: true }).catch((failure: NodeJS.ErrnoException) => {
      log.error({ segment: name, code: failure.code }, 'a confirmed segment could not be deleted');
    });
  }

  async #save(): Promise<void> {
    const { files, directory, log } = this.#options;
    this.#savedAt = performance.now();
    const { segment: number, offset } = this.#confirmed;
    const named = this.#segments.find((segment) => segment.number === number);
    if (named !== undefined) {
      await saveCheckpoint(files, directory, { segment: named.name, offset }).catch(
        (failure: NodeJS.ErrnoException) =>
          log.error({ code: failure.code }, 'the checkpoint could not be saved'),
      );
    }
    this.#saving = undefined;
  }
}
