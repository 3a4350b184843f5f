import type { PgDatabase, PgQueryResultHKT, PgTable } from 'drizzle-orm/pg-core';

/** Runs SQL: a pool, or a transaction on one of its connections. */
export type Queries = PgDatabase<PgQueryResultHKT, Record<string, never>>;

/** Runs statements. Every call settles: with a result, a Refusal (UNAVAILABLE), or an error. */
export interface SqlAccess {
  /** Runs one read outside a transaction, and retries it after a lost connection. */
  read<T>(work: (queries: Queries) => PromiseLike<T>): Promise<T>;
  /**
   * Runs `work` in a transaction and commits it. After a transient failure `work` runs again
   * from the start, so it must keep no state. After a lost COMMIT it may find its own changes.
   */
  write<T>(work: (transaction: Queries) => Promise<T>): Promise<T>;
}

/**
 * The rows of one tenant. Every reader takes this value and takes the tenant of its statements
 * from it, so a reader without a tenant does not compile. A listing and a subject of statistics
 * contain the value, so the tenant of a condition is also the tenant of the statement.
 */
export interface TenantDatabase extends SqlAccess {
  readonly tenantId: string;
}

/** What the code of a request can do with a database: work for a tenant that it names. */
export interface TenantDatabases {
  forTenant(tenantId: string): TenantDatabase;
}

/**
 * The rows of all tenants, for statements that concern several tenants by nature. The users:
 *
 * - `readHeads`: a poll reads the heads of the logs of all waiting streams at once.
 * - `listFirstTenants`, `countTenants`: an open server finds the only tenant that has events.
 * - `listTenantSummaries`: a caller asks for which tenants it may act, and how far their logs are.
 * - `isOutdated`: the service warns at start if the projections of any tenant are outdated.
 * - `analyseEarly`: PostgreSQL's statistics are about tables, not about tenants.
 * - `countQuarantined`: a metric without a tenant.
 * - `listKeptLogs`: `npm run prune` finds the logs to prune.
 *
 * Migrations, rebuilds and checks of availability use connections of their own.
 */
export interface AcrossTenants extends SqlAccess {
  readonly isAcrossTenants: true;
}

/** A database, independent of its driver. */
export interface Database extends TenantDatabases, AsyncDisposable {
  readonly kind: 'postgres' | 'pglite';
  readonly acrossTenants: AcrossTenants;
  /** Frees the space of dead rows, without a time limit. Rejects when `signal` aborts. */
  vacuum(table: PgTable, signal: AbortSignal): Promise<void>;
  /** The number of concurrent write transactions. More would wait for a connection. */
  readonly writers: number;
  /** Resolves if the database answers within `timeoutMs` and accepts writes. */
  ping(timeoutMs: number): Promise<void>;
  readonly wakeUps: WakeUps;
  /** Whether the database answered last and accepts writes. */
  isAvailable(): boolean;
  /** The connections of each pool. */
  listPools(): PoolUsage[];
}

/** How many connections of a pool run statements, and how many are open without any. */
export interface PoolUsage {
  pool: 'read' | 'write' | 'across' | 'embedded';
  active: number;
  idle: number;
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
