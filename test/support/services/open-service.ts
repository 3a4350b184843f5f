import { pino } from 'pino';
import { parseConfig } from '../../../src/config.ts';
import { type Feed, openFeed } from '../../../src/feed/open-feed.ts';
import { openHttp } from '../../../src/http/open-http.ts';
import { type IngestQueue, openIngestQueue } from '../../../src/ingest/open-ingest-queue.ts';
import { openMetrics } from '../../../src/server.ts';
import type { Database } from '../../../src/store/database/database.ts';
import { type DatabaseLocation, openDatabase } from '../../../src/store/database/open-database.ts';
import { GraphqlClient } from '../clients/graphql-client.ts';
import { createTestDatabase, type DatabaseKind, type TestDatabase } from '../databases/databases.ts';

/** A service put together as `startService` does it, with a view of what is behind its sockets. */
export interface OpenService {
  url: string;
  client: GraphqlClient;
  feed: Feed;
  database: Database;
  location: TestDatabase;
  ingestQueue: IngestQueue;
  /** Everything the service logged, one JSON text a line. */
  log: string[];
  close(): Promise<void>;
}

/**
 * Starts one; what is served may see the database through `toServed`, and the database is opened
 * with `options`.
 */
export async function startOpenService(
  kind: DatabaseKind,
  settings: Record<string, string> = {},
  toServed: (database: Database) => Database = (database) => database,
  options: Partial<DatabaseLocation> = {},
): Promise<OpenService> {
  const location = await createTestDatabase(kind);
  const config = parseConfig({ PORT: '0', ...settings });
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line) => void lines.push(line) });
  const http = await openHttp(config, log);
  const database = await openDatabase({ ...location, ...options });
  const feed = openFeed(database);
  const metrics = openMetrics(config);
  const ingestQueue = openIngestQueue(database, config, { metrics });
  http.serve({ ...config, database: toServed(database), feed, ingestQueue, metrics, log });
  return {
    url: http.url,
    client: new GraphqlClient(http.url),
    feed,
    database,
    location,
    ingestQueue,
    log: lines,
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
