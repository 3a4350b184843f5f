import type { PgDatabase, PgQueryResultHKT, PgTable } from 'drizzle-orm/pg-core';

/** Runs SQL: a pool, or a transaction on one of its connections. */
export type Queries = PgDatabase<PgQueryResultHKT, Record<string, never>>;

/**
 * A database, independent of its driver. Every call settles: with a result, with a Refusal
 * (UNAVAILABLE), or with another error.
 */
export interface Database extends AsyncDisposable {
  readonly kind: 'postgres' | 'pglite';
  /** Runs reads outside a transaction, and retries them after a lost connection. */
  read<T>(work: (queries: Queries) => PromiseLike<T>): Promise<T>;
  /**
   * Runs `work` in a transaction and commits it. After a transient failure `work` runs again
   * from the start, so it must keep no state. After a lost COMMIT it may find its own changes.
   */
  write<T>(work: (transaction: Queries) => Promise<T>): Promise<T>;
  /** Frees the space of dead rows, without a time limit. Rejects when `signal` aborts. */
  vacuum(table: PgTable, signal: AbortSignal): Promise<void>;
  /** The number of concurrent write transactions. More would wait for a connection. */
  readonly writers: number;
  /** Resolves if the database answers within `timeoutMs` and accepts writes. */
  ping(timeoutMs: number): Promise<void>;
  readonly wakeUps: WakeUps;
}

/** How wake-ups reach other processes: by NOTIFY, or not at all. All processes also poll. */
export type WakeUpKind = 'notify' | 'poll';

/** Receives the tenants whose logs have grown; undefined means any tenant. */
export type WakeUpListener = (tenantIds: readonly string[] | undefined) => void;

/** Hints that logs have grown, between processes. They contain no events and may be lost. */
export interface WakeUps {
  /** Sends a coalesced hint about a tenant to every process, this one too. Never fails. */
  send(tenantId: string): void;
  /** Calls back on each hint, and after hints may have been lost. */
  onWake(listener: WakeUpListener): void;
}
