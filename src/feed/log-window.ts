import type { LogEntry } from '../store/read/log.ts';

/** The most bytes of a window, estimated. The newest entry is kept whatever its size. */
const MAX_BYTES = 1_000_000;

/**
 * The newest entries of one tenant's log, in memory. Streams near the head read here, so each
 * entry is read from the database once for all of them. Positions have no gaps, so an entry's
 * index follows from its position.
 */
export class LogWindow {
  readonly #entries: LogEntry[] = [];
  #bytes = 0;
  #end: number;

  /** Creates an empty window that starts after a position. */
  constructor(after: number) {
    this.#end = after;
  }

  /** The position of the newest entry, or the start of an empty window. */
  get end(): number {
    return this.#end;
  }

  /** Returns up to `limit` entries after a position; undefined if the window lacks them. */
  read(after: number, limit: number): LogEntry[] | undefined {
    const first = after - (this.#end - this.#entries.length);
    if (first < 0 || after > this.#end) return undefined;
    return this.#entries.slice(first, first + limit);
  }

  /** Adds the entries of a page that follow the newest entry, and skips all others. */
  append(page: readonly LogEntry[]): void {
    for (const entry of page) {
      if (entry.position !== this.#end + 1) continue;
      this.#entries.push(entry);
      this.#bytes += estimateBytes(entry);
      this.#end = entry.position;
    }
    while (this.#bytes > MAX_BYTES && this.#entries.length > 1) {
      const oldest = this.#entries.shift();
      if (oldest !== undefined) this.#bytes -= estimateBytes(oldest);
    }
  }
}

/** Counts the columns of an entry and a text per warning. */
function estimateBytes({ warnings }: LogEntry): number {
  return 1_500 + 300 * (Array.isArray(warnings) ? warnings.length : 0);
}
