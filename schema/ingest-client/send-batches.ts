import { setTimeout as sleep } from 'node:timers/promises';
import { pMapIterable } from 'p-map';
import { type BatchLimits, type BatchPoster, OUTCOMES, type Receipt, toRejected } from './batch-poster.ts';
import { type Item, type Mark, START } from './items/item.ts';

/** The number of items per outcome. */
export type Tally = Record<Receipt['outcome'], number>;

export const NO_ITEMS: Readonly<Tally> = {
  STORED: 0,
  DUPLICATE: 0,
  CONFLICT: 0,
  QUARANTINED: 0,
  REJECTED: 0,
};

export function addTo(sum: Tally, more: Tally): void {
  for (const outcome of OUTCOMES) sum[outcome] += more[outcome];
}

/** An item that is not in the log, and why. */
export interface Failure extends Receipt, Pick<Item, 'number' | 'line'> {}

/** A batch whose items all have receipts. */
export interface SentBatch {
  /** The position in the file after the batch. */
  after: Mark;
  tally: Tally;
  failures: Failure[];
}

/** A batch that is not full is sent this long after its last item: a pipe may be slow. */
const IDLE_MS = 1_000;

/**
 * Sends items in batches, `inFlight` at a time. Yields the batches in the order of the file,
 * whatever the order of the answers, so every item before `after` has a receipt. Throws the
 * error of the first batch that fails, after the batches before it.
 */
export function sendBatches(
  source: AsyncIterator<Item[], void>,
  poster: BatchPoster,
  inFlight: number,
): AsyncIterable<SentBatch> {
  const send = (items: readonly Item[]) => sendBatch(items, poster);
  // A batch that takes long does not hold up those after it, up to a limit.
  return pMapIterable(formBatches(source, poster.limits), send, {
    concurrency: inFlight,
    backpressure: 4 * inFlight,
  });
}

/** Groups items into batches. Reads no further than needed. */
async function* formBatches(
  source: AsyncIterator<Item[], void>,
  limits: BatchLimits,
): AsyncGenerator<Item[], void> {
  let batch: Item[] = [];
  let bytes = 0;
  const take = () => {
    const taken = batch;
    batch = [];
    bytes = 0;
    return taken;
  };
  for (let pending = source.next(); ; ) {
    const idle = batch.length === 0 ? [] : [sleep(IDLE_MS, undefined, { ref: false })];
    const next = await Promise.race([pending, ...idle]);
    if (batch.length > 0 && next?.done !== false) yield take();
    if (next === undefined) continue;
    if (next.done === true) return;
    for (const item of next.value) {
      const size = Buffer.isBuffer(item.content) ? item.content.length + 1 : 0;
      if (bytes > 0 && bytes + size > limits.bytes) yield take();
      batch.push(item);
      bytes += size;
      if (batch.length >= limits.count) yield take();
    }
    pending = source.next();
  }
}

/** Posts the items that are events. The result keeps nothing of those that are in the log. */
async function sendBatch(items: readonly Item[], poster: BatchPoster): Promise<SentBatch> {
  const events = items.flatMap(({ content }) => (Buffer.isBuffer(content) ? [content] : []));
  const receipts = (await poster.post(events)).values();
  const tally = { ...NO_ITEMS };
  const failures: Failure[] = [];
  for (const { number, line, content } of items) {
    const isEvent = Buffer.isBuffer(content);
    const receipt = isEvent ? receipts.next().value : toRejected(content.code, content.message);
    if (receipt === undefined) continue;
    tally[receipt.outcome] += 1;
    if (receipt.errors.length > 0) failures.push({ ...receipt, number, line });
  }
  return { after: items.at(-1)?.after ?? START, tally, failures };
}
