import type { Database, Queries } from '../../src/store/database.ts';
import type { DatabaseKind } from './databases.ts';
import type { GraphqlClient } from './graphql-client.ts';
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
    Object.create(database, {
      read: {
        value: <T>(work: (queries: Queries) => PromiseLike<T>) =>
          database.read((queries) => work(noteStatements(queries, statements))),
      },
    });
  const { client, close } = await startOpenService(kind, {}, toCounted);
  return { client, statements, close };
}

/** The same queries, whose session notes each statement that it makes. */
function noteStatements(queries: Queries, statements: string[]): Queries {
  const session = Object.create(queries._.session, {
    prepareQuery: {
      value(query: { sql: string }, ...rest: unknown[]) {
        statements.push(query.sql);
        return Reflect.apply(queries._.session.prepareQuery, this, [query, ...rest]);
      },
    },
  });
  return Object.assign(Object.create(queries), { session, _: { ...queries._, session } });
}
