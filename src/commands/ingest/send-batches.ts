import { setTimeout as sleep } from 'node:timers/promises';
import type { Item, Mark } from './item.ts';
import { type BatchLimits, type BatchPoster, type Receipt, toRejected } from './post-batch.ts';
import { type Tally, toTally } from './totals.ts';

/** An item that is not in the log, and why. */
export interface Failure {
  place: Pick<Item, 'number' | 'line'>;
  receipt: Receipt;
}

interface SendOptions {
  poster: BatchPoster;
  /** How many batches are sent at the same time: the in-flight window. */
  inFlight: number;
  /** The first failure aborts it, so that no further batch is started. */
  stopping: AbortController;
}

/** Receives a batch that has its receipts, and the position in the file after the batch. */
type Settle = (after: Mark, tally: Tally, failures: readonly Failure[]) => void;

interface Batch {
  index: number;
  items: Item[];
  after: Mark;
}

/** A batch is sent this long after its last item, even if it is not full: a pipe may be slow. */
const IDLE_MS = 1_000;

/**
 * Sends items in batches, `inFlight` at a time. Batches may be answered in any order. `settle` is
 * called in the order of the file, so every item before its mark has a receipt. If a batch fails,
 * the batches in flight are finished and the promise rejects. After another stop it resolves early.
 */
export async function sendBatches(
  source: AsyncIterator<Item[], void>,
  { poster, inFlight, stopping }: SendOptions,
  settle: Settle,
): Promise<void> {
  const batches = formBatches(source, poster.limits);
  const settled = new Map<number, () => void>();
  let nextIndex = 0;
  const errors: unknown[] = [];
  const work = async () => {
    while (!stopping.signal.aborted) {
      const { value: batch } = await batches.next();
      if (batch === undefined) return;
      const { index, items, after } = batch;
      const { tally, failures } = summarise(items, await postItems(poster, items));
      settled.set(index, () => settle(after, tally, failures));
      for (let next = settled.get(nextIndex); next; next = settled.get(nextIndex)) {
        settled.delete(nextIndex);
        nextIndex += 1;
        next();
      }
    }
  };
  const stop = (failure: unknown) => {
    // After a stop, errors such as that of the closed input are expected.
    if (stopping.signal.aborted) return;
    errors.push(failure);
    stopping.abort();
  };
  await Promise.all(Array.from({ length: inFlight }, () => work().catch(stop)));
  if (errors.length > 0) throw errors[0];
}

/**
 * Groups items into batches and reads no further than needed. Several workers may call `next` at
 * once: the generator answers them one after another.
 */
async function* formBatches(
  source: AsyncIterator<Item[], void>,
  limits: BatchLimits,
): AsyncGenerator<Batch, void> {
  let items: Item[] = [];
  let bytes = 0;
  let index = 0;
  const take = (last: Item): Batch => {
    const batch = { index, items, after: last.after };
    index += 1;
    items = [];
    bytes = 0;
    return batch;
  };
  let pending = source.next();
  for (;;) {
    const last = items.at(-1);
    const next = last === undefined ? await pending : await withinIdleTime(pending);
    if (last !== undefined && (next === undefined || next.done === true)) yield take(last);
    if (next === undefined) continue;
    if (next.done === true) return;
    for (const item of next.value) {
      const size = Buffer.isBuffer(item.content) ? item.content.length + 1 : 0;
      const previous = items.at(-1);
      if (previous !== undefined && bytes > 0 && bytes + size > limits.bytes) yield take(previous);
      items.push(item);
      bytes += size;
      if (items.length >= limits.count) yield take(item);
    }
    pending = source.next();
  }
}

async function withinIdleTime<T>(pending: Promise<T>): Promise<T | undefined> {
  const idle = new AbortController();
  const timer = sleep(IDLE_MS, undefined, { signal: idle.signal }).catch(() => undefined);
  try {
    return await Promise.race([pending, timer]);
  } finally {
    idle.abort();
  }
}

/** Posts the items that are events. Returns a receipt for each item, in order. */
async function postItems(poster: BatchPoster, items: readonly Item[]): Promise<Receipt[]> {
  const contents = items.map(({ content }) => content);
  const receipts = await poster.post(contents.filter((content) => Buffer.isBuffer(content)));
  let next = 0;
  return contents.flatMap((content) => {
    if (!Buffer.isBuffer(content)) return toRejected(content.code, content.message);
    next += 1;
    return receipts[next - 1] ?? [];
  });
}

/** Keeps only what is needed until the batches before this one are settled. */
function summarise(
  items: readonly Item[],
  receipts: readonly Receipt[],
): { tally: Tally; failures: Failure[] } {
  const tally = toTally();
  const failures: Failure[] = [];
  for (const [index, receipt] of receipts.entries()) {
    tally[receipt.outcome] += 1;
    const item = items[index];
    if (receipt.errors.length === 0 || item === undefined) continue;
    failures.push({ place: { number: item.number, line: item.line }, receipt });
  }
  return { tally, failures };
}
