import type { PgDatabase, PgQueryResultHKT, PgTable } from 'drizzle-orm/pg-core';

/** Where SQL can be run: a pool, or a transaction on one of its connections. */
export type Queries = PgDatabase<PgQueryResultHKT, Record<string, never>>;

/**
 * The database above its driver. Every call settles: with a result, with a Refusal (UNAVAILABLE), or
 * with another error.
 */
export interface Database extends AsyncDisposable {
  readonly kind: 'postgres' | 'pglite';
  /** Runs reading statements outside a transaction. Safe to repeat, so a lost connection is tried again. */
  read<T>(work: (queries: Queries) => PromiseLike<T>): Promise<T>;
  /**
   * Runs `work` in a transaction and commits. Transient failures run it again from the start, so it
   * must keep no state of its own; after a lost COMMIT it may find its own effects.
   */
  write<T>(work: (transaction: Queries) => Promise<T>): Promise<T>;
  /**
   * Makes the space of a table's dead rows usable again, without a time limit; rejects once `signal`
   * aborts.
   */
  vacuum(table: PgTable, signal: AbortSignal): Promise<void>;
  /** How many transactions it writes at once; more would wait for a connection. */
  readonly writers: number;
  /** Resolves if the database answers within `timeoutMs` and accepts writes. */
  ping(timeoutMs: number): Promise<void>;
  readonly wakeUps: WakeUps;
}

/** How processes learn that a log has grown: by NOTIFY and LISTEN, or by polling alone. */
export type WakeUpKind = 'notify' | 'poll';

/** Called with the tenants whose logs have grown; with undefined where that may be any. */
export type WakeUpListener = (tenantIds: readonly string[] | undefined) => void;

/**
 * Hints that logs have grown, between the processes on one database. They contain no events and may
 * be lost.
 */
export interface WakeUps {
  /** Tells every process, this one included, that a tenant's log has grown; coalesced. Never fails. */
  send(tenantId: string): void;
  /** Calls back on each hint, and whenever hints may have been missed. */
  onWake(listener: WakeUpListener): void;
}
