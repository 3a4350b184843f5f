import { pino } from 'pino';
import { parseConfig } from '../../src/config.ts';
import { openFeed } from '../../src/feed/open-feed.ts';
import { openHttp } from '../../src/http/open-http.ts';
import { openIngestQueue } from '../../src/ingest/open-ingest-queue.ts';
import type { Database, Queries } from '../../src/store/database.ts';
import { openDatabase } from '../../src/store/open-database.ts';
import { createTestDatabase, type DatabaseKind } from './databases.ts';
import { GraphqlClient } from './graphql-client.ts';

/** A service whose every reading statement is noted down; what its feed reads is not. */
export interface CountedService {
  client: GraphqlClient;
  /** The texts of all statements read so far; a test may empty it. */
  statements: string[];
  close(): Promise<void>;
}

export async function startCountedService(kind: DatabaseKind): Promise<CountedService> {
  const location = await createTestDatabase(kind);
  const database = await openDatabase(location);
  const statements: string[] = [];
  const counted: Database = Object.create(database, {
    read: {
      value: <T>(work: (queries: Queries) => PromiseLike<T>) =>
        database.read((queries) => work(noteStatements(queries, statements))),
    },
  });
  const log = pino({ level: 'silent' });
  const config = parseConfig({ PORT: '0' });
  const http = await openHttp(config.host, config.port, log);
  const feed = openFeed(database);
  const ingestQueue = openIngestQueue(database, config);
  http.serve({ ...config, database: counted, feed, ingestQueue, log });
  return {
    client: new GraphqlClient(http.url),
    statements,
    async close() {
      await http.startDraining();
      await feed[Symbol.asyncDispose]();
      await http.close();
      await ingestQueue[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
      await location.drop();
    },
  };
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
