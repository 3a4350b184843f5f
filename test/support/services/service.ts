import { pino } from 'pino';
import { parseConfig } from '../../../src/config.ts';
import { startService } from '../../../src/server.ts';
import { GraphqlClient } from '../clients/graphql-client.ts';
import {
  createTestDatabase,
  type DatabaseKind,
  type TestDatabase,
  toSettings,
} from '../databases/databases.ts';

/** A service under test in this process, reached through its sockets only. */
export interface TestService {
  url: string;
  client: GraphqlClient;
  database: TestDatabase;
  /** Everything the service logged, one JSON text a line. */
  log: string[];
  close(): Promise<void>;
}

/**
 * Starts a service on a database of its own, or on a given one, which then outlives it. A start on
 * PostgreSQL takes less CPU time than one on PGlite, so suites that are not about the database use
 * PostgreSQL.
 */
export async function startTestService(
  kind: DatabaseKind,
  settings: Record<string, string> = {},
  shared?: TestDatabase,
): Promise<TestService> {
  const database = shared ?? (await createTestDatabase(kind));
  const log: string[] = [];
  const config = parseConfig({
    PORT: '0',
    ...toSettings(database),
    ...settings,
  });
  const service = await startService(
    config,
    pino({ level: 'info' }, { write: (line) => void log.push(line) }),
  );
  return {
    url: service.url,
    client: new GraphqlClient(service.url),
    database,
    log,
    async close() {
      await service.close();
      if (shared === undefined) await database.drop();
    },
  };
}
