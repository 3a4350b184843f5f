/**
 * Sends the spool to the service, in order of arrival, one batch at a time.
 *
 * - The service is away, busy or limits the rate: the poster repeats the batch for as long as it
 *   takes. A refused token is repeated too, and logged as an error once a minute.
 * - The service has a fault, or gives no receipts: one event of the batch may be the cause. The
 *   batch is halved until a single event fails. That event is a *suspect*: the events behind it
 *   are sent, and the suspect is repeated alone. After ten faults, with other events passing in
 *   between, it is rejected. While no other event passes, the service is at fault: nothing is
 *   rejected, and after MOST_SUSPECTS suspects nothing else is sent.
 * - An event that the service rejects is appended to rejected.ndjson.
 *
 * The spool is confirmed up to the first event that is neither stored nor rejected. So events
 * behind a suspect may be sent again after a crash.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type BatchPoster, OUTCOMES, type Receipt, Refused } from 'qlik-event-graph-ingest';
import { EVENT_OUTCOMES, type RelayMetrics } from '../metrics.ts';
import { toSafeFault } from '../safe-fault.ts';
import type { Entry, Spool } from '../spool/open-spool.ts';
import type { RejectedEvent } from '../spool/rejected-file.ts';
import { isBefore, type Position } from '../spool/segments.ts';
import type { ServiceLog } from './service-log.ts';

const MOST_FAULTS = 10;
const MOST_SUSPECTS = 8;
/** So many faults in a row are the service's, and not those of an event. */
const BROKEN_AFTER = 20;
const UNAUTHORIZED_PAUSE_MS = 2_000;
/** After an error of the disk. */
const DISK_PAUSE_MS = 1_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 1_000;
const BROKEN_PAUSE_MS = 5_000;

export interface SenderOptions {
  spool: Spool;
  poster: BatchPoster;
  recordRejected(rejected: readonly RejectedEvent[]): Promise<void>;
  metrics: RelayMetrics;
  log: Logger;
  service: ServiceLog;
  /** After it aborts, `run` returns when nothing is left to send. */
  drain: AbortSignal;
  /** After it aborts, `run` ends at once. */
  stop: AbortSignal;
}

/** An event that failed alone. */
interface Suspect {
  entry: Entry;
  code: string;
  attempts: number;
  /** Attempts that failed while other events passed. */
  faults: number;
  /** The number of events that had passed at the last attempt. */
  passed: number;
  dueAt: number;
}

export class SpoolSender {
  readonly #options: SenderOptions;
  readonly #wake: AbortSignal;
  /** Read from the spool and not sent yet, in order. */
  #queue: Entry[] = [];
  #suspects: Suspect[] = [];
  /** Where the next read begins. */
  #next: Position;
  /** The largest number of events in the next batch. */
  #size: number;
  /** The number of events with a receipt. */
  #passed = 0;
  #faultsInRow = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#next = options.spool.confirmed;
    this.#size = options.poster.limits.count;
    this.#wake = AbortSignal.any([options.stop, options.drain]);
  }

  /** Sends until it is stopped. Resolves then. */
  async run(): Promise<void> {
    const { stop, drain } = this.#options;
    while (!stop.aborted) {
      try {
        if (await this.#step()) continue;
        if (drain.aborted) return;
        await this.#waitForWork();
      } catch (failure) {
        if (stop.aborted) return;
        this.#options.log.error(toSafeFault(failure), 'sending failed; it is tried again');
        await this.#pause(DISK_PAUSE_MS);
      }
    }
  }

  /** Sends one batch or one suspect. Returns false if there is nothing to send now. */
  async #step(): Promise<boolean> {
    const now = performance.now();
    const due = this.#suspects.find(({ dueAt }) => dueAt <= now);
    if (due !== undefined) {
      await this.#sendSuspect(due);
      return true;
    }
    if (this.#suspects.length >= MOST_SUSPECTS) return false;
    if (this.#queue.length === 0 && !(await this.#fill())) return false;
    if (this.#queue.length > 0) await this.#sendBatch();
    return true;
  }

  /** Reads the next events. Returns false at the end of the spool. */
  async #fill(): Promise<boolean> {
    const { spool, poster } = this.#options;
    const { entries, next } = await spool.read(this.#next, poster.limits);
    const hasMoved = isBefore(this.#next, next);
    this.#queue = entries;
    this.#next = next;
    if (hasMoved && entries.length === 0) await this.#confirm();
    return hasMoved;
  }

  async #sendBatch(): Promise<void> {
    const batch = this.#takeBatch();
    const answer = await this.#post(batch);
    if (answer.kind === 'unauthorized') return;
    if (answer.kind === 'receipts') {
      await this.#settle(batch, answer.receipts);
      this.#queue = this.#queue.slice(batch.length);
      this.#size = Math.min(this.#size * 2, this.#options.poster.limits.count);
      return await this.#confirm();
    }
    this.#size = Math.ceil(batch.length / 2);
    const [entry, ...others] = batch;
    if (entry === undefined || others.length > 0) return;
    this.#queue = this.#queue.slice(1);
    const dueAt = performance.now() + FIRST_PAUSE_MS;
    this.#suspects.push({ entry, code: answer.code, attempts: 1, faults: 1, passed: this.#passed, dueAt });
    this.#options.log.warn(
      { code: answer.code },
      'the service has a fault with one event; it is tried again',
    );
  }

  #takeBatch(): Entry[] {
    const { bytes: maxBytes, count } = this.#options.poster.limits;
    let bytes = 0;
    const most = this.#queue.slice(0, Math.min(this.#size, count));
    const end = most.findIndex(({ event }, index) => {
      bytes += event.length;
      return index > 0 && bytes > maxBytes;
    });
    return end === -1 ? most : most.slice(0, end);
  }

  async #sendSuspect(suspect: Suspect): Promise<void> {
    const answer = await this.#post([suspect.entry]);
    if (answer.kind === 'unauthorized') return;
    if (answer.kind === 'receipts') await this.#settle([suspect.entry], answer.receipts);
    else {
      suspect.attempts += 1;
      if (this.#passed > suspect.passed) suspect.faults += 1;
      suspect.passed = this.#passed;
      const longestMs = this.#faultsInRow >= BROKEN_AFTER ? BROKEN_PAUSE_MS : LONGEST_PAUSE_MS;
      const pauseMs = Math.min(longestMs, FIRST_PAUSE_MS * 2 ** (suspect.attempts - 1));
      suspect.dueAt = performance.now() + pauseMs;
      if (suspect.faults < MOST_FAULTS) return;
      const message = `The service failed with ${answer.code} for this event, and stored others.`;
      await this.#reject([
        { event: suspect.entry.event, errors: [{ code: answer.code, message, path: null }] },
      ]);
    }
    this.#suspects = this.#suspects.filter((other) => other !== suspect);
    await this.#confirm();
  }

  /** Posts events once they are accepted or refused. */
  async #post(
    entries: readonly Entry[],
  ): Promise<
    { kind: 'receipts'; receipts: Receipt[] } | { kind: 'fault'; code: string } | { kind: 'unauthorized' }
  > {
    const { poster, service } = this.#options;
    try {
      const receipts = await poster.post(entries.map(({ event }) => event));
      if (!receipts.every((receipt) => OUTCOMES.includes(receipt?.outcome))) {
        return this.#toFault('NO_RECEIPT');
      }
      this.#faultsInRow = 0;
      service.reportSuccess();
      return { kind: 'receipts', receipts };
    } catch (failure) {
      if (!(failure instanceof Refused)) throw failure;
      if (!failure.isUnauthorized) return this.#toFault(failure.code);
      service.reportFailure(failure.code, true);
      await this.#pause(UNAUTHORIZED_PAUSE_MS);
      return { kind: 'unauthorized' };
    }
  }

  #toFault(code: string): { kind: 'fault'; code: string } {
    this.#faultsInRow += 1;
    if (this.#faultsInRow >= BROKEN_AFTER) this.#options.service.reportFailure(code);
    return { kind: 'fault', code };
  }

  /** Counts receipts and records the rejected events. */
  async #settle(entries: readonly Entry[], receipts: readonly Receipt[]): Promise<void> {
    const { metrics } = this.#options;
    const rejected = entries.flatMap(({ event }, index): RejectedEvent[] => {
      const receipt = receipts[index];
      return receipt?.outcome === 'REJECTED' ? [{ event, errors: receipt.errors }] : [];
    });
    if (rejected.length > 0) await this.#reject(rejected);
    for (const outcome of EVENT_OUTCOMES) {
      const count = receipts.filter((receipt) => receipt.outcome.toLowerCase() === outcome).length;
      if (count > 0) metrics.events.inc({ outcome }, count);
    }
    this.#passed += entries.length;
  }

  /** Appends to rejected.ndjson; tries until that succeeds. */
  async #reject(rejected: readonly RejectedEvent[]): Promise<void> {
    const { recordRejected, metrics, log, stop } = this.#options;
    for (;;) {
      try {
        await recordRejected(rejected);
        break;
      } catch (failure) {
        log.error({ code: (failure as NodeJS.ErrnoException).code }, 'rejected.ndjson could not be written');
        await this.#pause(DISK_PAUSE_MS);
        stop.throwIfAborted();
      }
    }
    metrics.rejected.inc(rejected.length);
    const codes = [...new Set(rejected.flatMap(({ errors }) => errors.map(({ code }) => code)))];
    log.error({ count: rejected.length, codes }, 'events were rejected: see rejected.ndjson');
  }

  async #confirm(): Promise<void> {
    const waiting = [...this.#suspects.map(({ entry }) => entry), ...this.#queue.slice(0, 1)];
    const first = waiting.reduce((least, { start }) => (isBefore(start, least) ? start : least), this.#next);
    await this.#options.spool.confirm(first);
  }

  /** Waits for a delivery, or until a suspect is due. */
  async #waitForWork(): Promise<void> {
    const done = new AbortController();
    const signal = AbortSignal.any([done.signal, this.#wake]);
    const waits: Promise<unknown>[] = [];
    if (this.#suspects.length < MOST_SUSPECTS) waits.push(this.#options.spool.waitFor(this.#next, signal));
    const dueAt = Math.min(...this.#suspects.map((suspect) => suspect.dueAt));
    if (dueAt < Number.POSITIVE_INFINITY) {
      waits.push(sleep(Math.max(0, dueAt - performance.now()), undefined, { signal }));
    }
    try {
      await Promise.race(waits);
    } catch (failure) {
      if (!this.#wake.aborted) throw failure;
    } finally {
      done.abort();
    }
  }

  /** A stop ends the pause. */
  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#options.stop }).catch(() => undefined);
  }
}
