import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import type { Queries } from '../database/database.ts';
import { migratePostgres } from '../database/migrate.ts';
import { checkMayRebuild } from '../database/migrations/privileges.ts';
import { type SchemaChoice, toSchemaChoice } from '../database/migrations/schema-choice.ts';
import type { DatabaseLocation } from '../database/open-database.ts';
import { connectPglite } from '../database/pglite/open-pglite.ts';
import { connect } from '../database/postgres/postgres-client.ts';
import { type PostgresLocation, readPostgresLocation } from '../database/postgres/postgres-location.ts';
import { toApplicationName } from '../database/postgres/session-name.ts';
import { run } from '../database/statements.ts';

/** The schema of the shadow tables, which a rebuild fills beside the service's tables. */
export const SHADOW = 'projections_rebuild';

/** An arbitrary constant. No other program on the same database may use it. */
const ADVISORY_LOCK = 7_235_019_285;
const NO_LIMIT = 0;

/**
 * Planner settings. A rebuild reads by key range. If the planner takes most rows for one
 * tenant's, it scans a whole table for each range; a generic plan made while the shadow tables
 * are empty would keep that.
 */
const PLANNING = { enable_seqscan: 'off', plan_cache_mode: 'force_custom_plan' };

/** The connections of a rebuild. A database has at most one rebuild at a time. */
export interface RebuildSession extends AsyncDisposable {
  /** The schema of the tables that the service works with. */
  readonly home: string;
  /** Statements outside a transaction; names mean the service's tables. */
  readonly queries: Queries;
  /**
   * Runs `work` in a transaction in which the names of projections mean the shadow tables.
   * Such transactions run one after another. With durability 'with its progress', a crash of
   * the server may lose the last transactions, always together with their progress, so they
   * are repeated.
   */
  inShadow<T>(
    work: (transaction: Queries) => Promise<T>,
    durability?: 'with its progress' | 'at once',
  ): Promise<T>;
  /** Runs `work` on one snapshot of the service's tables. Service and `inShadow` continue. */
  withSnapshot<T>(work: (snapshot: Queries) => Promise<T>): Promise<T>;
}

/** Opens and migrates a database. Throws a Misconfiguration, also during another rebuild. */
export async function openRebuildSession(location: DatabaseLocation): Promise<RebuildSession> {
  const { databaseUrl, dataDir, databaseSchema } = location;
  const choice = toSchemaChoice(databaseSchema);
  return databaseUrl === undefined
    ? openOnPglite(dataDir, choice)
    : openOnPostgres(readPostgresLocation(databaseUrl, choice.schema), choice);
}

async function openOnPglite(dataDir: string, choice: SchemaChoice): Promise<RebuildSession> {
  const { queries, close } = await connectPglite(dataDir, choice);
  for (const [name, value] of Object.entries(PLANNING)) {
    await run(queries, sql`select set_config(${name}, ${value}, false)`);
  }
  const { home, path } = await findHome(queries);
  return {
    home,
    queries,
    // PGlite has no background process that would write a relaxed commit later.
    inShadow: toShadowTransactions(queries, path, {}),
    // The rebuild is the only user, so every statement sees the same state.
    withSnapshot: (work) => work(queries),
    [Symbol.asyncDispose]: close,
  };
}

async function openOnPostgres(location: PostgresLocation, choice: SchemaChoice): Promise<RebuildSession> {
  const server = await migratePostgres(location, choice);
  const open = (max: number) => {
    const client = connect(location, server, {
      max,
      statementTimeoutMs: NO_LIMIT,
      applicationName: `${toApplicationName(location)} rebuild`,
      settings: PLANNING,
    });
    return { queries: drizzle({ client }) as Queries, close: () => client.end({ timeout: 2 }) };
  };
  // An advisory lock is held by its connection, so one connection does nothing else. One of
  // the two reading connections may hold a snapshot.
  const [lock, readers, writer] = [open(1), open(2), open(1)];
  const close = async () => void (await Promise.all([lock, readers, writer].map((client) => client.close())));
  try {
    await takeLock(lock.queries);
    await checkMayRebuild(readers.queries, choice.schema, SHADOW);
    const { home, path } = await findHome(readers.queries);
    return {
      home,
      queries: readers.queries,
      inShadow: toShadowTransactions(writer.queries, path, { synchronous_commit: 'off' }),
      withSnapshot: (work) =>
        readers.queries.transaction(
          async (transaction) => {
            // The snapshot's transaction is idle while the shadow tables catch up. It holds no
            // lock that others wait for.
            await setLocally(transaction, { idle_in_transaction_session_timeout: '0' });
            return work(transaction);
          },
          { isolationLevel: 'repeatable read', accessMode: 'read only' },
        ),
      [Symbol.asyncDispose]: close,
    };
  } catch (failure) {
    await close();
    throw failure;
  }
}

async function takeLock(queries: Queries): Promise<void> {
  const [row] = await run(queries, sql`select pg_try_advisory_lock(${ADVISORY_LOCK}::bigint) as taken`);
  if (row?.taken === true) return;
  const [holder] = await run(
    queries,
    sql`select to_char(a.backend_start, 'YYYY-MM-DD HH24:MI:SS') || ' UTC' as since, host(a.client_addr) as address
        from pg_locks l join pg_stat_activity a using (pid)
        where l.locktype = 'advisory' and l.granted and l.objsubid = 1
          and (l.classid::bigint << 32) + l.objid::bigint = ${ADVISORY_LOCK}::bigint
          and l.database = (select oid from pg_database where datname = current_database())`,
  );
  const since = holder === undefined ? '' : ` since ${holder.since}, from ${holder.address ?? 'this host'}`;
  throw new Misconfiguration([`another rebuild is running on this database${since}`]);
}

/** Finds the schema of the tables and the search path. */
async function findHome(queries: Queries): Promise<{ home: string; path: string }> {
  const [row] = await run(
    queries,
    sql`select nspname as home, current_setting('search_path') as path
        from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = 'tenants'::regclass`,
  );
  return { home: String(row?.home), path: String(row?.path) };
}

/** `relaxed` are the settings of transactions with durability 'with its progress'. */
function toShadowTransactions(
  queries: Queries,
  path: string,
  relaxed: Readonly<Record<string, string>>,
): RebuildSession['inShadow'] {
  return (work, durability = 'with its progress') =>
    queries.transaction(async (transaction) => {
      const more = durability === 'with its progress' ? relaxed : {};
      await setLocally(transaction, { search_path: `${SHADOW}, ${path}`, ...more });
      return work(transaction);
    });
}

/** Changes settings until the transaction ends. */
export async function setLocally(
  transaction: Queries,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const calls = Object.entries(settings).map(([name, value]) => sql`set_config(${name}, ${value}, true)`);
  await run(transaction, sql`select ${sql.join(calls, sql`, `)}`);
}
