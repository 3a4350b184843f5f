import { drizzle } from 'drizzle-orm/postgres-js';
import type postgres from 'postgres';
import type { Queries } from '../database.ts';

/** Connections for one kind of work, which can be exchanged for new ones. */
export interface PostgresPool {
  /** Where to run SQL now; ask for it anew at every try. */
  readonly queries: Queries;
  /** Gives the connections up, with all that waits for them; new ones are made when they are needed. */
  replace(): void;
  close(): Promise<void>;
}

/** Makes a pool of the clients that `connect` gives; they open each connection when it is first needed. */
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
      // No farewell: the peer may not hear it.
      void current.client.end({ timeout: 0 });
      current = open();
    },
    async close() {
      await current.client.end({ timeout: 2 });
    },
  };
}
