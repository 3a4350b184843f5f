import type { Query, SQL } from 'drizzle-orm';
import { type PgDatabase, PgDialect, type PgQueryResultHKT, type PgTable } from 'drizzle-orm/pg-core';

/** Where SQL can be run: a pool, or a transaction on one of its connections. */
export type Queries = PgDatabase<PgQueryResultHKT, Record<string, never>>;

/** The database above its driver. Every call settles: with a result, or with a Refusal (UNAVAILABLE) or a fault. */
export interface Database extends AsyncDisposable {
  readonly kind: 'postgres' | 'pglite';
  /** Runs reading statements outside a transaction. Safe to repeat, so a lost connection is tried again. */
  read<T>(work: (queries: Queries) => PromiseLike<T>): Promise<T>;
  /**
   * Runs `work` in a transaction and commits. Transient failures run it again from the start, so it must keep no state of its
   * own; after a lost COMMIT it may find its own effects.
   */
  write<T>(work: (transaction: Queries) => Promise<T>): Promise<T>;
  /** Makes the space of a table's dead rows usable again, however long that takes; rejects once `signal` aborts. */
  vacuum(table: PgTable, signal: AbortSignal): Promise<void>;
  /** How many transactions it writes at once; more would wait for a connection. */
  readonly writers: number;
  /** Resolves if the database answers within `timeoutMs` and accepts writes. */
  ping(timeoutMs: number): Promise<void>;
  readonly wakeUps: WakeUps;
}

/** How processes learn that a log has grown: by NOTIFY and LISTEN, or not at all, and then by looking. */
export type WakeUpKind = 'notify' | 'poll';

/** Called with the tenants whose logs have grown; with undefined where that may be any. */
export type WakeUpListener = (tenantIds: readonly string[] | undefined) => void;

/** Hints that logs have grown, between the processes on one database. They carry no events and may be lost. */
export interface WakeUps {
  /** Tells every process, this one included, that a tenant's log has grown; coalesced. Never fails. */
  send(tenantId: string): void;
  /** Calls back on each hint, and whenever hints may have been missed. */
  onWake(listener: WakeUpListener): void;
}

const dialect = new PgDialect();

/** A statement's text and its parameters. */
export function toQuery(statement: SQL): Query {
  return dialect.sqlToQuery(statement);
}

/**
 * Runs a statement whose text is always the same, so that each connection prepares it once; gives its rows as objects by column name, as the
 * driver reads them (bigint as text on one driver and number on the other).
 */
export async function runFixed<Row = Record<string, unknown>>(
  queries: Queries,
  statement: SQL,
): Promise<Row[]> {
  const { sql, params } = toQuery(statement);
  return runText(queries, sql, params);
}

/** As `runFixed`, for a statement that is written already. */
export async function runText<Row = Record<string, unknown>>(
  queries: Queries,
  text: string,
  parameters: unknown[],
): Promise<Row[]> {
  const query = { sql: text, params: parameters };
  const prepared = queries._.session.prepareQuery(query, undefined, 'fixed', false);
  return toRows(await prepared.execute());
}

/** Runs a statement of varying shape, unprepared; rows as `runFixed`. */
export async function run<Row = Record<string, unknown>>(queries: Queries, statement: SQL): Promise<Row[]> {
  return toRows(await queries.execute(statement));
}

/** postgres.js gives an array of rows, PGlite an object that holds one. */
function toRows<Row>(result: unknown): Row[] {
  if (Array.isArray(result)) return result as Row[];
  return (result as { rows: Row[] }).rows;
}
