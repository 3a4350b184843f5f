/**
 * Sends the spool to the service, in order of arrival, one batch at a time.
 *
 * - The service is away, busy or limits the rate: the poster repeats the batch for as long as it
 *   takes. A refused token is repeated too, and logged as an error once a minute.
 * - The service has a fault, or gives no receipts: one event of the batch may be the cause. The
 *   batch is halved until a single event fails. That event is a *suspect*: the events behind it
 *   are sent, and the suspect is repeated alone. After ten faults, with other events passing in
 *   between, it is rejected. While no other event passes, the service may be at fault, and nothing
 *   is rejected.
 * - After eight new suspects without a stored event in between, each further event is a *probe*:
 *   it is sent alone, after a pause. A probe that fails is a suspect, too. An event that is stored
 *   ends this state. So the relay gets past any number of bad events, and a broken service gets
 *   few requests (suspects.ts).
 * - The batch is too large for the service: the poster halves it (ingest-client/batch-poster.ts).
 * - An event that the service rejects is appended to rejected.ndjson.
 *
 * The spool is confirmed up to the first event that is neither stored nor rejected. So events
 * behind a suspect may be sent again after a crash.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type BatchPoster, OUTCOMES, type Receipt, Refused } from 'qlik-event-graph-ingest';
import { toSafeFault } from '../safe-fault.ts';
import type { Spool } from '../spool/open-spool.ts';
import type { Entry } from '../spool/read-segment.ts';
import { isBefore, type Position } from '../spool/segments.ts';
import { type Recording, recordReceipts, reject } from './record-receipts.ts';
import type { ServiceLog } from './service-log.ts';
import { type Suspect, Suspects } from './suspects.ts';

/** After this number of consecutive faults the service counts as broken. */
const BROKEN_AFTER = 20;
const UNAUTHORIZED_PAUSE_MS = 2_000;
/** After an error of the disk. */
const DISK_PAUSE_MS = 1_000;

export interface SenderOptions extends Recording {
  spool: Spool;
  poster: BatchPoster;
  service: ServiceLog;
  /** Multiplies the pauses of suspects and probes. */
  pace: number;
  /** After it aborts, `run` returns when nothing is left to send. After `stop`, at once. */
  drain: AbortSignal;
}

/** What became of a batch. */
type Answer =
  | { kind: 'receipts'; receipts: Receipt[] }
  | { kind: 'fault'; code: string }
  | { kind: 'unauthorized' };

export class SpoolSender {
  readonly #options: SenderOptions;
  readonly #wake: AbortSignal;
  /** Read from the spool and not sent yet, in order. */
  #queue: Entry[] = [];
  readonly #suspects: Suspects;
  /** Where the next read begins. */
  #next: Position;
  /** The largest number of events in the next batch. */
  #size: number;
  #faultsInRow = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#suspects = new Suspects(options.pace);
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

  /**
   * Sends one batch, then one suspect that is due. So suspects that fail slowly do not keep the
   * others from passing. Returns false if there is nothing to send now.
   */
  async #step(): Promise<boolean> {
    const hasSent = await this.#sendNext();
    const suspect = this.#suspects.next;
    if (suspect === undefined || suspect.dueAt > performance.now()) return hasSent;
    await this.#sendSuspect(suspect);
    return true;
  }

  /** Sends the next batch. Returns false at the end of the spool, and before a probe is due. */
  async #sendNext(): Promise<boolean> {
    if (this.#suspects.probeAt > performance.now()) return false;
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
    this.#suspects.add(entry.start);
    if (this.#isBroken) return;
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
    const entry = await this.#readSuspect(suspect);
    if (entry !== undefined) {
      const answer = await this.#post([entry]);
      if (answer.kind === 'unauthorized') return;
      if (answer.kind === 'receipts') await this.#settle([entry], answer.receipts);
      else {
        if (!this.#suspects.recordFailure(suspect, this.#isBroken)) return;
        const message = `The service failed with ${answer.code} for this event, and stored others.`;
        const errors = [{ code: answer.code, message, path: null }];
        await reject(this.#options, [{ event: entry.event, errors }]);
      }
    }
    this.#suspects.remove(suspect);
    await this.#confirm();
  }

  /** Returns undefined if the record was damaged since it was read first; the loss is logged. */
  async #readSuspect({ start }: Suspect): Promise<Entry | undefined> {
    const { entries } = await this.#options.spool.read(start, { count: 1, bytes: 1 });
    return entries.find((entry) => !isBefore(start, entry.start));
  }

  /** Posts events once they are accepted or refused. */
  async #post(entries: readonly Entry[]): Promise<Answer> {
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

  get #isBroken(): boolean {
    return this.#faultsInRow >= BROKEN_AFTER;
  }

  #toFault(code: string): Answer {
    this.#faultsInRow += 1;
    if (this.#isBroken) this.#options.service.reportFailure(code);
    return { kind: 'fault', code };
  }

  async #settle(entries: readonly Entry[], receipts: readonly Receipt[]): Promise<void> {
    const events = entries.map(({ event }) => event);
    await recordReceipts(this.#options, events, receipts);
    this.#suspects.recordPassed(entries.length);
  }

  async #confirm(): Promise<void> {
    const next = this.#queue[0]?.start ?? this.#next;
    // A suspect was sent before everything that is in the queue.
    await this.#options.spool.confirm(this.#suspects.first?.start ?? next);
  }

  /** Waits for a delivery, or until a probe or a suspect is due. */
  async #waitForWork(): Promise<void> {
    const done = new AbortController();
    const signal = AbortSignal.any([done.signal, this.#wake]);
    const { next, probeAt } = this.#suspects;
    const waitUntil = (at: number) => sleep(Math.max(0, at - performance.now()), undefined, { signal });
    const mayProbe = this.#queue.length > 0 || probeAt > performance.now();
    const waits = [mayProbe ? waitUntil(probeAt) : this.#options.spool.waitFor(this.#next, signal)];
    if (next !== undefined) waits.push(waitUntil(next.dueAt));
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
