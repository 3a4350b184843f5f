import type { LogEntry } from '../store/read/log.ts';

/** About the bytes of a window; the newest entry is in it in any case. */
const MAX_WEIGHT = 1_000_000;

/**
 * The newest entries of one tenant's log, in memory: who follows the log at its head reads them here, and they are read from the
 * database once for all. Positions have no gaps, so a place in the log is a place in the list.
 */
export class LogWindow {
  readonly #entries: LogEntry[] = [];
  #weight = 0;
  #end: number;

  /** A window that is empty yet and begins behind a position. */
  constructor(after: number) {
    this.#end = after;
  }

  /** The position of the newest entry, or what the window begins behind. */
  get end(): number {
    return this.#end;
  }

  /** Up to `limit` entries behind a position, in order; undefined where the window does not reach back so far. */
  read(after: number, limit: number): LogEntry[] | undefined {
    const first = after - (this.#end - this.#entries.length);
    if (first < 0 || after > this.#end) return undefined;
    return this.#entries.slice(first, first + limit);
  }

  /** Adds what follows upon the newest entry; anything else is not added. */
  append(page: readonly LogEntry[]): void {
    for (const entry of page) {
      if (entry.position !== this.#end + 1) continue;
      this.#entries.push(entry);
      this.#weight += weigh(entry);
      this.#end = entry.position;
    }
    while (this.#weight > MAX_WEIGHT && this.#entries.length > 1) {
      const oldest = this.#entries.shift();
      if (oldest !== undefined) this.#weight -= weigh(oldest);
    }
  }
}

/** About the bytes of an entry: its columns, and a text for each warning. */
function weigh({ warnings }: LogEntry): number {
  return 1_500 + 300 * (Array.isArray(warnings) ? warnings.length : 0);
}
