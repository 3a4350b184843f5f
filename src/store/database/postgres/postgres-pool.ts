import { drizzle } from 'drizzle-orm/postgres-js';
import type postgres from 'postgres';
import { LruCache } from '../../../domain/lru-cache.ts';
import type { PoolUsage, Queries } from '../database.ts';
import { RunningCount } from '../running-count.ts';
import { toTenantQueries } from './tenant-queries.ts';

/** Tenants whose queries are kept, with the statements that Drizzle has built for them. */
const MAX_TENANTS = 200;

/** Connections for one kind of work. */
export interface PostgresPool {
  /** Runs work on one of the connections, and counts that one as active meanwhile. */
  run<T>(work: () => PromiseLike<T>): Promise<T>;
  /** Returns the open connections, with and without work. */
  readonly usage: Pick<PoolUsage, 'active' | 'idle'>;
  /** The current connections. Each attempt reads this again, because `replace` changes it. */
  readonly queries: Queries;
  /** Returns the current connections for one tenant's transactions (`toTenantQueries`). */
  forTenant(tenantId: string): Queries;
  /** Closes the connections and rejects their statements. New connections open on demand. */
  replace(): void;
  close(): Promise<void>;
}

/**
 * Opens a pool. `connect` returns a client, which opens its connections on demand, and calls
 * `onSocket` with 1 and -1 when it opens and closes one.
 */
export function openPostgresPool(connect: (onSocket: (count: 1 | -1) => void) => postgres.Sql): PostgresPool {
  let sockets = 0;
  const count = new RunningCount();
  const onSocket = (count: 1 | -1) => {
    sockets += count;
  };
  const open = () => {
    const client = connect(onSocket);
    const ofTenants = new LruCache<string, Queries>(MAX_TENANTS);
    return { client, queries: drizzle({ client }) as Queries, ofTenants };
  };
  let current = open();
  return {
    run: (work) => count.run(work),
    get usage() {
      // Statements share a connection beyond its number, and wait for one before it is open.
      const active = Math.min(count.running, sockets);
      return { active, idle: sockets - active };
    },
    get queries() {
      return current.queries;
    },
    forTenant(tenantId) {
      const known = current.ofTenants.get(tenantId);
      if (known !== undefined) return known;
      const queries = toTenantQueries(current.client, tenantId);
      current.ofTenants.set(tenantId, queries);
      return queries;
    },
    replace() {
      // Not awaited: the server may be unreachable.
      void current.client.end({ timeout: 0 });
      current = open();
    },
    async close() {
      await current.client.end({ timeout: 2 });
    },
  };
}
