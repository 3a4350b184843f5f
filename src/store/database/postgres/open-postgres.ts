import { sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/postgres-js';
import type postgres from 'postgres';
import { attempt, type Deadline, withDeadline } from '../attempt.ts';
import type { Database, Queries, SqlAccess, WakeUpKind } from '../database.ts';
import { Busy, readOnly, toCallerError, unavailable } from '../failure.ts';
import { openLocalWakeUps } from '../local-wake-ups.ts';
import { migratePostgres } from '../migrate.ts';
import { TENANT_ROLE } from '../migrations/row-level-security.ts';
import type { SchemaChoice } from '../migrations/schema-choice.ts';
import type { SessionSettings } from '../session-settings.ts';
import { runText } from '../statements.ts';
import { ACCESS_STATEMENT, findServer } from './find-server.ts';
import { watchForOutage } from './outage.ts';
import { connect } from './postgres-client.ts';
import type { PostgresLocation } from './postgres-location.ts';
import { openPostgresPool, type PostgresPool } from './postgres-pool.ts';
import { openPostgresWakeUps } from './postgres-wake-ups.ts';
import type { Access } from './server.ts';
import { nameSessions } from './session-name.ts';

/** The most time of each read and write, in milliseconds. */
export interface Deadlines {
  readMs: number;
  writeMs: number;
}

const DEADLINES: Deadlines = { readMs: 20_000, writeMs: 30_000 };
/** The server cancels a statement by so much before the deadline. */
const CANCEL_BEFORE_MS = 1_000;
const PING_DEADLINE_MS = 5_000;
const NO_TIMEOUT = 0;
const READERS = 6;
/**
 * Turns sequential scans off for writes, which find rows by index. A scan would be planned for a
 * small table, and kept while it grows.
 */
const BY_INDEX: SessionSettings = { enable_seqscan: 'off' };
const WRITERS = 4;

/** The options of a PostgreSQL database (`DatabaseLocation`). */
interface PostgresOptions {
  wakeUpKind?: WakeUpKind | undefined;
  rowLevelSecurity?: boolean | undefined;
  deadlines?: Deadlines | undefined;
}

/**
 * Opens a PostgreSQL database and applies its migrations. All connections go to one server,
 * which `watchForOutage` replaces.
 *
 * Reads, writes and the outage watch each have a pool. postgres.js pipelines statements, so a
 * quick statement would wait behind a slow one on the same connection. With row-level
 * security, reads and writes work as TENANT_ROLE, and statements across tenants have a pool.
 */
export async function openPostgres(
  location: PostgresLocation,
  choice: SchemaChoice,
  { wakeUpKind = 'notify', rowLevelSecurity = false, deadlines = DEADLINES }: PostgresOptions,
): Promise<Database> {
  const toRead: Deadline = { ms: deadlines.readMs, refuse: () => new Busy() };
  const toWrite: Deadline = { ms: deadlines.writeMs, refuse: unavailable };
  let server = await migratePostgres(location, choice, rowLevelSecurity);
  const names = nameSessions(location);
  const connector =
    (max: number, statementTimeoutMs: number, role?: string, settings: SessionSettings = {}) =>
    (onSocket?: (count: 1 | -1) => void) =>
      connect(location, server, {
        ...{ max, statementTimeoutMs, applicationName: names.current, role, settings, onSocket },
      });
  const role = rowLevelSecurity ? TENANT_ROLE : undefined;
  const reads = openPostgresPool(connector(READERS, toRead.ms - CANCEL_BEFORE_MS, role));
  const writes = openPostgresPool(connector(WRITERS, toWrite.ms - CANCEL_BEFORE_MS, role, BY_INDEX));
  const across = rowLevelSecurity ? openPostgresPool(connector(1, toRead.ms - CANCEL_BEFORE_MS)) : undefined;
  const pings = openPostgresPool(connector(1, PING_DEADLINE_MS));
  const notifying = wakeUpKind === 'notify' ? openPostgresWakeUps(connector(1, PING_DEADLINE_MS)) : undefined;
  const listening = notifying === undefined ? [] : [notifying];
  const isWritable = async () => {
    const [access] = await runText<Access>(pings.queries, ACCESS_STATEMENT, []);
    return access?.isReadOnly === false;
  };
  const pools = [...listening, reads, writes, pings, ...(across === undefined ? [] : [across])];
  const outage = watchForOutage({
    get current() {
      return server;
    },
    isWritable,
    find: () => findServer(location, { current: server }),
    reconnect: () => pings.replace(),
    moveTo(found) {
      server = found;
      names.renew();
      for (const connections of pools) connections.replace();
    },
    // A transaction that lost its connection keeps its tenant locked until the server notices.
    endOldSessions: () =>
      pings.queries.execute(sql`select pg_terminate_backend(pid) from pg_stat_activity
        where starts_with(application_name, ${names.prefix}) and application_name <> ${names.current}
          and usename = current_user`),
  });
  /** Each attempt takes the queries again, because an outage replaces the connections. */
  const toAccess = (
    [reading, writing]: [PostgresPool, PostgresPool],
    toQueries: (pool: PostgresPool) => Queries,
  ): SqlAccess => ({
    read: (work) => attempt(() => reading.run(() => work(toQueries(reading))), toRead, outage),
    write: (work) =>
      attempt(() => writing.run(() => toQueries(writing).transaction(work)), toWrite, outage, 'write'),
  });
  const acrossTenants = toAccess([across ?? reads, across ?? writes], ({ queries }) => queries);
  const ofTenant = (tenantId: string) => toAccess([reads, writes], (pool) => pool.forTenant(tenantId));
  return {
    kind: 'postgres',
    acrossTenants: { ...acrossTenants, isAcrossTenants: true },
    forTenant: (tenantId) => ({ ...(rowLevelSecurity ? ofTenant(tenantId) : acrossTenants), tenantId }),
    vacuum: (table, signal) => vacuum(connector(1, NO_TIMEOUT), table, signal),
    writers: WRITERS,
    ping: async (timeoutMs) => {
      if (outage.state === 'away') throw unavailable();
      if (outage.state === 'read-only' || !(await withDeadline(isWritable(), timeoutMs))) throw readOnly();
    },
    isAvailable: () => outage.state === 'available',
    listPools: () => [
      { pool: 'read', ...reads.usage },
      { pool: 'write', ...writes.usage },
      ...(across === undefined ? [] : [{ pool: 'across' as const, ...across.usage }]),
    ],
    wakeUps: notifying ?? openLocalWakeUps(),
    async [Symbol.asyncDispose]() {
      outage[Symbol.dispose]();
      await Promise.all(pools.map((connections) => connections.close()));
    },
  };
}

/** Vacuums on a separate connection, so that nothing waits for it, and without a timeout. */
async function vacuum(open: () => postgres.Sql, table: PgTable, signal: AbortSignal): Promise<void> {
  const client = open();
  const cancel = () => void client.end({ timeout: 0 });
  signal.addEventListener('abort', cancel);
  try {
    signal.throwIfAborted();
    await drizzle({ client }).execute(sql`vacuum ${table}`);
  } catch (failure) {
    throw toCallerError(failure);
  } finally {
    signal.removeEventListener('abort', cancel);
    await client.end({ timeout: 1 });
  }
}
