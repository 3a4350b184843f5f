import type { Batch } from './batches.ts';
import type { Item, Mark } from './item.ts';
import type { Receipt } from './post-events.ts';
import { addTo, type Tally, toTally } from './tally.ts';

/** An item that is not in the log, and why. */
export interface Failure {
  place: Pick<Item, 'number' | 'line'>;
  receipt: Receipt;
}

/** What is kept of an answered batch until those before it are answered: little, as there may be many. */
interface Settled {
  after: Mark;
  tally: Tally;
  failures: Failure[];
}

/** Batches are answered in any order. What is done is told in that of the file, so that everything before the mark is answered for. */
export class Ledger {
  readonly #waiting = new Map<number, Settled>();
  readonly #tell: (failures: readonly Failure[]) => void;
  #next = 0;
  mark: Mark;
  /** Of all items before the mark. */
  readonly tally: Tally = toTally();

  /** Goes on at a mark, with the tally of what is before it. Calls `tell` whenever the mark moves on. */
  constructor(start: Mark, before: Tally, tell: (failures: readonly Failure[]) => void) {
    this.mark = start;
    addTo(this.tally, before);
    this.#tell = tell;
  }

  /** A batch is answered: a receipt for each of its items, in their order. */
  settle({ index, items, after }: Batch, receipts: readonly Receipt[]): void {
    this.#waiting.set(index, toSettled(after, items, receipts));
    for (let next = this.#waiting.get(this.#next); next; next = this.#waiting.get(this.#next)) {
      this.#waiting.delete(this.#next);
      this.#next += 1;
      this.mark = next.after;
      addTo(this.tally, next.tally);
      this.#tell(next.failures);
    }
  }
}

function toSettled(after: Mark, items: readonly Item[], receipts: readonly Receipt[]): Settled {
  const tally = toTally();
  const failures: Failure[] = [];
  for (const [index, receipt] of receipts.entries()) {
    const { outcome, errors } = receipt;
    tally[outcome] += 1;
    const item = items[index];
    if (errors.length === 0 || item === undefined) continue;
    failures.push({ place: { number: item.number, line: item.line }, receipt });
  }
  return { after, tally, failures };
}
