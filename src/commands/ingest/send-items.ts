import type { BatchLimits } from './batches.ts';
import type { Item } from './item.ts';
import type { Patience } from './patience.ts';
import { postEvents, type Receipt, type Target } from './post-events.ts';

/** The server will never take this: there is no point in going on. */
export class Refused extends Error {}

/** What sends items. */
export interface Sender {
  target: Target;
  patience: Patience;
  /** What a batch may be; made less when the server takes less. */
  limits: BatchLimits;
  /** Nothing is begun, nor sent again, once this is aborted. */
  stopping: AbortController;
  /** What is under way is given up once this is aborted. */
  cut: AbortSignal;
}

/**
 * Sends items until the server has answered for each; gives the answers in their order. Waits while it cannot, and sends fewer at once
 * where it takes fewer. Rejects with Refused, with GivenUp, and when it is stopped.
 */
export async function sendItems(sender: Sender, items: readonly Item[]): Promise<Receipt[]> {
  const receipts = new Map<Item, Receipt>();
  const events: Item[] = [];
  for (const item of items) {
    if (Buffer.isBuffer(item.content)) events.push(item);
    else receipts.set(item, toRejected(item.content.code, item.content.message));
  }
  for (const [index, receipt] of (await send(sender, events)).entries()) {
    const item = events[index];
    if (item !== undefined) receipts.set(item, receipt);
  }
  return items.flatMap((item) => receipts.get(item) ?? []);
}

async function send(sender: Sender, items: readonly Item[]): Promise<Receipt[]> {
  if (items.length === 0) return [];
  const { target, patience, limits, cut } = sender;
  const stop = sender.stopping.signal;
  const events = items.flatMap(({ content }) => (Buffer.isBuffer(content) ? [content] : []));
  const since = performance.now();
  for (;;) {
    stop.throwIfAborted();
    await patience.pass(stop);
    const answer = await postEvents(target, events, cut);
    if (answer.kind === 'refused') throw new Refused(answer.reason);
    if (answer.kind === 'not now') {
      await patience.wait(since, answer, stop);
      continue;
    }
    patience.renew();
    if (answer.kind === 'receipts') return answer.receipts;
    if (events.length === 1)
      return [toRejected('TOO_LARGE', `The server does not take it: ${answer.reason}`)];
    const half = Math.ceil(events.length / 2);
    if (answer.kind === 'too many') {
      limits.count = Math.min(limits.count, half);
    } else {
      const bytes = events.reduce((sum, event) => sum + event.length, 0);
      limits.bytes = Math.min(limits.bytes, Math.ceil(bytes / 2));
    }
    return [...(await send(sender, items.slice(0, half))), ...(await send(sender, items.slice(half)))];
  }
}

function toRejected(code: string, message: string): Receipt {
  return { outcome: 'REJECTED', eventId: null, errors: [{ code, message, path: null }] };
}
