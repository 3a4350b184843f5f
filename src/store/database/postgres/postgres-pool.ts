import { drizzle } from 'drizzle-orm/postgres-js';
import type postgres from 'postgres';
import type { Queries } from '../database.ts';

/** Connections for one kind of work. */
export interface PostgresPool {
  /** The current connections. Each attempt reads this again, because `replace` changes it. */
  readonly queries: Queries;
  /** Closes the connections and rejects their statements. New connections open on demand. */
  replace(): void;
  close(): Promise<void>;
}

/** Opens a pool. `connect` returns a client, which opens its connections on demand. */
export function openPostgresPool(connect: () => postgres.Sql): PostgresPool {
  const open = () => {
    const client = connect();
    return { client, queries: drizzle({ client }) as Queries };
  };
  let current = open();
  return {
    get queries() {
      return current.queries;
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
