import type { Database } from '../../../src/store/database/database.ts';
import type { GraphqlClient } from '../clients/graphql-client.ts';
import type { DatabaseKind } from '../databases/databases.ts';
import { watchQueries } from '../databases/watch-queries.ts';
import { wrapAccess } from '../databases/wrap-access.ts';
import { startOpenService } from './open-service.ts';

/** A service whose every reading statement is noted down; what its feed reads is not. */
export interface CountedService {
  client: GraphqlClient;
  /** The texts of all statements read so far; a test may empty it. */
  statements: string[];
  close(): Promise<void>;
}

export async function startCountedService(kind: DatabaseKind): Promise<CountedService> {
  const statements: string[] = [];
  const toCounted = (database: Database): Database =>
    wrapAccess(database, ({ read, write }) => ({
      read: (work) => read((queries) => work(watchQueries(queries, ({ sql }) => statements.push(sql)))),
      write,
    }));
  const { client, close } = await startOpenService(kind, {}, toCounted);
  return { client, statements, close };
}
