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

/** What can be posted: an event, or the reason why it is not sent. */
type Postable = Pick<Item, 'content'>;

/** An item and its receipt. An item that is not sent has a receipt too. */
export interface Answer<Posted> {
  item: Posted;
  receipt: Receipt;
}

/**
 * Sends the items of a file in batches, `inFlight` at a time, in the order of the file, so every
 * item before `after` has a receipt. The result keeps nothing of the items that are in the log.
 */
export function sendBatches(
  source: AsyncIterator<Item[], void>,
  poster: BatchPoster,
  inFlight: number,
): AsyncIterable<SentBatch> {
  return postInBatches(source, poster, inFlight, (answers: readonly Answer<Item>[]) => {
    const tally = { ...NO_ITEMS };
    const failures: Failure[] = [];
    for (const { item, receipt } of answers) {
      tally[receipt.outcome] += 1;
      const { number, line } = item;
      if (receipt.errors.length > 0) failures.push({ ...receipt, number, line });
    }
    return { after: answers.at(-1)?.item.after ?? START, tally, failures };
  });
}

/**
 * Posts items in batches, `inFlight` at a time. Yields `toResult` of each batch in the order of the
 * items, whatever the order of the answers. Throws the error of the first batch that fails, after
 * the batches before it.
 */
export function postInBatches<Posted extends Postable, Result>(
  source: AsyncIterator<Posted[], void>,
  poster: BatchPoster,
  inFlight: number,
  toResult: (answers: readonly Answer<Posted>[]) => Result,
): AsyncIterable<Result> {
  const send = async (items: readonly Posted[]) => toResult(await postBatch(items, poster));
  // A batch that takes long does not hold up those after it, up to a limit.
  return pMapIterable(formBatches(source, poster.limits), send, {
    concurrency: inFlight,
    backpressure: 4 * inFlight,
  });
}

/** Groups items into batches. Reads no further than needed. */
async function* formBatches<Posted extends Postable>(
  source: AsyncIterator<Posted[], void>,
  limits: BatchLimits,
): AsyncGenerator<Posted[], void> {
  let batch: Posted[] = [];
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

/** Posts the items that are events. Returns an answer for each item, in their order. */
async function postBatch<Posted extends Postable>(
  items: readonly Posted[],
  poster: BatchPoster,
): Promise<Answer<Posted>[]> {
  const events = items.flatMap(({ content }) => (Buffer.isBuffer(content) ? [content] : []));
  const receipts = (await poster.post(events)).values();
  return items.flatMap((item): Answer<Posted>[] => {
    const { content } = item;
    const isEvent = Buffer.isBuffer(content);
    const receipt = isEvent ? receipts.next().value : toRejected(content.code, content.message);
    return receipt === undefined ? [] : [{ item, receipt }];
  });
}
