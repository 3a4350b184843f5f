import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/pglite';
import { Misconfiguration } from '../../../domain/misconfiguration.ts';
import { holdDirectory } from '../../../files/hold-directory.ts';
import { attempt, withDeadline } from '../attempt.ts';
import type { Database, Queries, SqlAccess } from '../database.ts';
import { Busy, unavailable } from '../failure.ts';
import { openLocalWakeUps } from '../local-wake-ups.ts';
import { migratePglite } from '../migrate.ts';
import { type SchemaChoice, toSchemaChoice } from '../migrations/schema-choice.ts';
import { RunningCount } from '../running-count.ts';
import { toSessionSetup } from '../session-settings.ts';
import { ExactTextPglite } from './exact-text-pglite.ts';

/** The PostgreSQL of the pinned PGlite. It cannot open data of another major version. */
export const PGLITE_MAJOR = '18';

const DEADLINE_MS = 30_000;

/** The embedded database's one connection. */
export interface PgliteConnection {
  readonly queries: Queries;
  close(): Promise<void>;
}

/** Returns whether `dataDir` contains an embedded database already. */
export function isDataDir(dataDir: string): boolean {
  return existsSync(toClusterPath(resolve(dataDir)));
}

/**
 * Opens the embedded database in `dataDir`, for one process at a time. Creates it if it does
 * not exist, and applies its migrations.
 */
export async function openPglite(
  dataDir: string,
  choice: SchemaChoice = toSchemaChoice(),
): Promise<Database> {
  return toDatabase(await connectPglite(dataDir, choice));
}

/** Like `openPglite`, but returns the connection, without deadlines. */
export async function connectPglite(dataDir: string, choice: SchemaChoice): Promise<PgliteConnection> {
  const directory = resolve(dataDir);
  // Two processes on one embedded database would silently lose rows.
  const rule = 'an embedded database has one process at a time';
  const release = await holdDirectory({ path: directory, setting: 'DATA_DIR', rule });
  try {
    const client = await openCluster(directory);
    await client.exec(toSessionSetup(choice.schema));
    await migratePglite(client, choice);
    return {
      queries: drizzle({ client }),
      async close() {
        try {
          await client.close();
        } finally {
          await release();
        }
      },
    };
  } catch (failure) {
    await release();
    throw failure;
  }
}

async function openCluster(directory: string): Promise<PGlite> {
  const cluster = toClusterPath(directory);
  if (!existsSync(cluster)) await initialise(directory, cluster);
  const versionFile = join(cluster, 'PG_VERSION');
  const major = existsSync(versionFile) ? readFileSync(versionFile, 'utf8').trim() : 'unknown';
  if (major !== PGLITE_MAJOR) {
    throw new Misconfiguration([
      `DATA_DIR: ${cluster} belongs to PostgreSQL ${major}; this version embeds PostgreSQL ${PGLITE_MAJOR}.`,
    ]);
  }
  try {
    const client = new ExactTextPglite({ dataDir: cluster });
    await client.waitReady;
    return client;
  } catch (failure) {
    throw new Misconfiguration([`DATA_DIR: the database in ${cluster} cannot be opened.`], failure);
  }
}

function toClusterPath(directory: string): string {
  return join(directory, 'pg');
}

/** Creates the cluster under another name first, so an interruption leaves no partial one. */
async function initialise(directory: string, cluster: string): Promise<void> {
  const draft = join(directory, 'pg.new');
  rmSync(draft, { recursive: true, force: true });
  const client = await PGlite.create({ dataDir: draft });
  await client.close();
  renameSync(draft, cluster);
}

function toDatabase({ queries, close }: PgliteConnection): Database {
  const count = new RunningCount();
  const access: SqlAccess = {
    read: (work) =>
      attempt(() => count.run(() => work(queries)), { ms: DEADLINE_MS, refuse: () => new Busy() }),
    write: (work) =>
      attempt(() => count.run(() => queries.transaction((transaction) => work(transaction))), {
        ms: DEADLINE_MS,
        refuse: unavailable,
      }),
  };
  return {
    kind: 'pglite',
    acrossTenants: { ...access, isAcrossTenants: true },
    forTenant: (tenantId) => ({ ...access, tenantId }),
    vacuum: async (table) => {
      await queries.execute(sql`vacuum ${table}`);
    },
    writers: 1,
    ping: async (timeoutMs) => {
      await withDeadline(Promise.resolve(queries.execute(sql`select 1`)), timeoutMs);
    },
    isAvailable: () => true,
    listPools: () => {
      const active = Math.min(count.running, 1);
      return [{ pool: 'embedded', active, idle: 1 - active }];
    },
    wakeUps: openLocalWakeUps(),
    [Symbol.asyncDispose]: close,
  };
}
