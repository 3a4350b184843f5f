import type { TableComparison } from './compare-table.ts';
import type { RebuildSession } from './open-session.ts';

/** A step of a rebuild and the amount of its work. */
export interface RebuildStep {
  name: 'reading the log' | 'catching up' | 'comparing' | 'creating indexes';
  noun: 'events' | 'rows' | 'indexes';
  /** The total number, possibly an estimate. */
  total: number;
  /** How many of them are done. */
  done: number;
}

/** Receives the progress of a rebuild. */
export interface RebuildListener {
  /** Prints a line for the user. */
  say(line: string): void;
  begin(step: RebuildStep): void;
  /** Reports that `count` more are done. */
  advance(count: number): void;
  compared(table: TableComparison): void;
}

export interface RebuildSettings {
  listener: RebuildListener;
  /** Stops the rebuild between two steps with the signal's reason. A later one resumes it. */
  signal: AbortSignal;
  /** Most events of one transaction. */
  batchSize?: number;
}

export interface Rebuild extends RebuildSettings {
  session: RebuildSession;
}
