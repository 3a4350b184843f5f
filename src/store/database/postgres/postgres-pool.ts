import { drizzle } from 'drizzle-orm/postgres-js';
import type postgres from 'postgres';
import { LruCache } from '../../../domain/lru-cache.ts';
import type { Queries } from '../database.ts';
import { toTenantQueries } from './tenant-queries.ts';

/** Tenants whose queries are kept, with the statements that Drizzle has built for them. */
const MAX_TENANTS = 200;

/** Connections for one kind of work. */
export interface PostgresPool {
  /** The current connections. Each attempt reads this again, because `replace` changes it. */
  readonly queries: Queries;
  /** Returns the current connections for one tenant's transactions (`toTenantQueries`). */
  forTenant(tenantId: string): Queries;
  /** Closes the connections and rejects their statements. New connections open on demand. */
  replace(): void;
  close(): Promise<void>;
}

/** Opens a pool. `connect` returns a client, which opens its connections on demand. */
export function openPostgresPool(connect: () => postgres.Sql): PostgresPool {
  const open = () => {
    const client = connect();
    const ofTenants = new LruCache<string, Queries>(MAX_TENANTS);
    return { client, queries: drizzle({ client }) as Queries, ofTenants };
  };
  let current = open();
  return {
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
