import { setTimeout as sleep } from 'node:timers/promises';
import type { Item, Mark } from './item.ts';

/** Items that are sent together, in the order of the file. */
export interface Batch {
  /** Its place among the file's batches, from 0. */
  index: number;
  items: Item[];
  /** Where the file goes on after it. */
  after: Mark;
}

/** How much is sent at once; a server that takes less makes it less. */
export interface BatchLimits {
  count: number;
  bytes: number;
}

/** What has come is sent after so long, although more might come: somebody may be piping in events as they happen. */
const IDLE_MS = 1_000;

/** Makes batches of items, one for each who asks, and reads no further than they ask. */
export class Batches {
  readonly #source: AsyncIterator<Item[], void>;
  readonly #limits: BatchLimits;
  #read: Item[] = [];
  #next = 0;
  #pending: Promise<IteratorResult<Item[], void>> | undefined;
  #formed = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(source: AsyncIterator<Item[], void>, limits: BatchLimits) {
    this.#source = source;
    this.#limits = limits;
  }

  /** The next batch; undefined at the end. Those who ask at once are answered one after another. */
  next(): Promise<Batch | undefined> {
    const formed = this.#turn.then(() => this.#form());
    this.#turn = formed.catch(() => undefined);
    return formed;
  }

  async #form(): Promise<Batch | undefined> {
    const items: Item[] = [];
    let bytes = 0;
    while (items.length < this.#limits.count) {
      const item = this.#read[this.#next];
      if (item === undefined) {
        if (!(await this.#readOn(items.length > 0))) break;
        continue;
      }
      const size = Buffer.isBuffer(item.content) ? item.content.length + 1 : 0;
      if (bytes + size > this.#limits.bytes && bytes > 0) break;
      bytes += size;
      items.push(item);
      this.#next += 1;
    }
    const after = items.at(-1)?.after;
    if (after === undefined) return undefined;
    this.#formed += 1;
    return { index: this.#formed - 1, items, after };
  }

  /** Reads more items; false at the end, and where none come soon and those who wait have some. */
  async #readOn(hasSome: boolean): Promise<boolean> {
    this.#pending ??= this.#source.next();
    const idle = new AbortController();
    const next = hasSome
      ? await Promise.race([
          this.#pending,
          sleep(IDLE_MS, undefined, { signal: idle.signal }).catch(() => undefined),
        ])
      : await this.#pending;
    idle.abort();
    if (next === undefined) return false;
    this.#pending = undefined;
    if (next.done === true) {
      // Whoever asks again is told the same.
      this.#pending = Promise.resolve(next);
      return false;
    }
    this.#read = next.value;
    this.#next = 0;
    return true;
  }
}
