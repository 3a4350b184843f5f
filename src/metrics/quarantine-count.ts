import { setTimeout as sleep } from 'node:timers/promises';

/** More items are counted in the background, at most every REFRESH_MS. */
const MAX_EXACT = 10_000;
const REFRESH_MS = 10_000;
/** How long a scrape waits for a count. */
const WAIT_MS = 100;

/**
 * Counts the items in quarantine for a scrape. A small quarantine is counted at each scrape, so
 * that its number is exact. Counting a large one takes long, so a scrape gets the last number and
 * does not wait. While the database is away, the last number stays.
 */
export class QuarantineCount {
  readonly #count: () => Promise<number>;
  #running: Promise<void> | undefined;
  #last = 0;
  #countedAt = Number.NEGATIVE_INFINITY;

  constructor(count: () => Promise<number>) {
    this.#count = count;
  }

  async read(): Promise<number> {
    const isExact = this.#last <= MAX_EXACT;
    const isDue = isExact || performance.now() - this.#countedAt > REFRESH_MS;
    if (isDue) this.#running ??= this.#refresh();
    if (isExact) await Promise.race([this.#running, sleep(WAIT_MS, undefined, { ref: false })]);
    return this.#last;
  }

  async #refresh(): Promise<void> {
    try {
      this.#last = await this.#count();
    } catch {
      // The database is away, which another metric states.
    } finally {
      this.#countedAt = performance.now();
      this.#running = undefined;
    }
  }
}
