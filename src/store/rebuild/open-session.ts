import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import { type Queries, run } from '../database/database.ts';
import { migratePostgres } from '../database/migrate.ts';
import { checkMayRebuild } from '../database/migrations/privileges.ts';
import { type SchemaChoice, toSchemaChoice } from '../database/migrations/schema-choice.ts';
import type { DatabaseLocation } from '../database/open-database.ts';
import { connectPglite } from '../database/pglite/open-pglite.ts';
import { connect } from '../database/postgres/postgres-client.ts';
import { type PostgresLocation, readPostgresLocation } from '../database/postgres/postgres-location.ts';
import { toApplicationName } from '../database/postgres/session-name.ts';

/** The schema in which projections are made anew, beside the ones that are read. */
export const SHADOW = 'projections_rebuild';

/** Any constant will do, as long as no other program on the same database takes it. */
const ADVISORY_LOCK = 7_235_019_285;
const NO_LIMIT = 0;

/**
 * Everything here is read by key, a stretch at a time. A planner that takes most rows for one tenant's would read a whole table for
 * each stretch; and one that planned while the shadows were empty would keep to that.
 */
const PLANNING = { enable_seqscan: 'off', plan_cache_mode: 'force_custom_plan' };

/** A database under a rebuild, of which there is one at a time. */
export interface RebuildSession extends AsyncDisposable {
  /** The schema of the tables that the service works with. */
  readonly home: string;
  /** Statements outside a transaction; names mean the service's tables. */
  readonly queries: Queries;
  /**
   * Runs `work` in a transaction in which the names of projections mean their shadows; such transactions follow one another. One that is
   * only as durable as its progress may be lost with the server, but together with all that came later: it is made again.
   */
  inShadow<T>(
    work: (transaction: Queries) => Promise<T>,
    durability?: 'with its progress' | 'at once',
  ): Promise<T>;
  /** Runs `work` with statements that all see one moment of the service's tables, while the service and `inShadow` go on. */
  withSnapshot<T>(work: (snapshot: Queries) => Promise<T>): Promise<T>;
}

/** Opens a database for a rebuild, migrated. Throws a Misconfiguration, also where another rebuild is under way. */
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
    // The embedded server has nobody to write down later what a commit did not.
    inShadow: toShadowTransactions(queries, path, {}),
    // Nobody else is there, so every moment is the same.
    withSnapshot: (work) => work(queries),
    [Symbol.asyncDispose]: close,
  };
}

async function openOnPostgres(location: PostgresLocation, choice: SchemaChoice): Promise<RebuildSession> {
  const server = await migratePostgres(location, choice);
  const open = (max: number) => {
    const client = connect(
      location,
      server,
      max,
      NO_LIMIT,
      `${toApplicationName(location)} rebuild`,
      PLANNING,
    );
    return { queries: drizzle({ client }) as Queries, close: () => client.end({ timeout: 2 }) };
  };
  // The lock lives as long as its connection, so that one does nothing else. Of the readers one may hold a snapshot.
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
            // It waits while the shadow catches up, and locks nothing that anybody else waits for.
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
  throw new Misconfiguration([`another rebuild is under way on this database${since}`]);
}

/** Where the tables are, and how the search path finds them. */
async function findHome(queries: Queries): Promise<{ home: string; path: string }> {
  const [row] = await run(
    queries,
    sql`select nspname as home, current_setting('search_path') as path
        from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = 'tenants'::regclass`,
  );
  return { home: String(row?.home), path: String(row?.path) };
}

/** `relaxed` are the settings of transactions that are only as durable as their progress. */
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

/** Sets settings until the transaction ends. */
export async function setLocally(
  transaction: Queries,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  const calls = Object.entries(settings).map(([name, value]) => sql`set_config(${name}, ${value}, true)`);
  await run(transaction, sql`select ${sql.join(calls, sql`, `)}`);
}
