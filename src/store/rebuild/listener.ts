import type { TableComparison } from './compare-table.ts';

/** Who is told how a rebuild goes on. */
export interface RebuildListener {
  /** A line for the person who waits. */
  say(line: string): void;
  /** A step begins, with so many things to do, of which some may be done already; the things are events, rows or indexes. */
  begin(step: string, total: number, done: number): void;
  /** So many more of the step's things are done. */
  advance(count: number): void;
  /** The rows of a table stand like this against what the log tells. */
  compared(table: TableComparison): void;
}
