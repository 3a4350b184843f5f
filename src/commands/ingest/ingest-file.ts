import type { Readable } from 'node:stream';
import { Batches } from './batches.ts';
import type { Format } from './detect-format.ts';
import type { Mark } from './item.ts';
import { type Failure, Ledger } from './ledger.ts';
import { readItems } from './read-items.ts';
import { type Sender, sendItems } from './send-items.ts';
import type { Tally } from './tally.ts';

/** What is sent: a file, or standard input, from where on. */
export interface Input {
  name: string;
  /** Opens it to be read from an offset on. */
  open(offset: number): Readable;
  format: Format | 'auto';
  start: Mark;
  /** What became of the items before the start. */
  before: Tally;
}

/** How far an input is sent: everything before the mark is answered for. */
export interface Progress {
  format: Format;
  mark: Mark;
  tally: Tally;
}

/** How to send, and whom to tell. */
export interface Sending {
  sender: Sender;
  inFlight: number;
  maxItemBytes: number;
  tell(progress: Progress, failures: readonly Failure[]): void;
}

/**
 * Sends the items of an input, several batches at a time, and tells whenever the mark moves on. Rejects with what kept a batch from being
 * sent, once the others under way are answered; resolves early when the sender is stopped.
 */
export async function ingestFile(
  input: Input,
  { sender, inFlight, maxItemBytes, tell }: Sending,
): Promise<void> {
  const { name, start, before } = input;
  const { signal } = sender.stopping;
  const bytes = input.open(start.offset);
  // Whoever waits for more of it waits no longer.
  signal.addEventListener('abort', () => bytes.destroy(), { once: true });
  let failed: unknown;
  const stopAfter = (failure: unknown) => {
    // What follows from being stopped is no failure of its own.
    if (signal.aborted) return;
    failed = failure;
    sender.stopping.abort();
  };
  try {
    const { format, items } = await readItems(name, bytes, { format: input.format, start, maxItemBytes });
    const ledger = new Ledger(start, before, (failures) =>
      tell({ format, mark: ledger.mark, tally: ledger.tally }, failures),
    );
    const batches = new Batches(items, sender.limits);
    const work = async () => {
      while (!signal.aborted) {
        const batch = await batches.next();
        if (batch === undefined) return;
        ledger.settle(batch, await sendItems(sender, batch.items));
      }
    };
    await Promise.all(Array.from({ length: inFlight }, () => work().catch(stopAfter)));
  } catch (failure) {
    stopAfter(failure);
  }
  if (failed !== undefined) throw failed;
}
