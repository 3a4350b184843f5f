import type { TableComparison } from './compare-table.ts';
import type { RebuildSession } from './open-session.ts';

/** A step of a rebuild, and the things to be done in it. */
export interface RebuildStep {
  name: 'reading the log' | 'catching up' | 'comparing' | 'making indexes';
  noun: 'events' | 'rows' | 'indexes';
  /** How many there are, as far as known. */
  total: number;
  /** How many of them are done already. */
  done: number;
}

/** Who is told how a rebuild goes on. */
export interface RebuildListener {
  /** A line for the person who waits. */
  say(line: string): void;
  begin(step: RebuildStep): void;
  /** So many more of the step's things are done. */
  advance(count: number): void;
  /** The rows of a table stand like this against what the log tells. */
  compared(table: TableComparison): void;
}

/** What a rebuild is run with. */
export interface RebuildSettings {
  listener: RebuildListener;
  /** Aborted, it ends between two steps by throwing the signal's reason; it can be taken up again. */
  signal: AbortSignal;
  /** Most events of a transaction. */
  batchSize?: number;
}

/** A rebuild under way. */
export interface Rebuild extends RebuildSettings {
  session: RebuildSession;
}
