import postgres from 'postgres';
import { type Server, toTarget } from './server.ts';

/** What the connections of this service are called in `pg_stat_activity`, at least to begin with. */
export const APPLICATION_NAME = 'qlik-event-graph';

/**
 * A postgres.js client as this service needs it: no type query at connect (its failure is left uncaught), quick reconnects
 * (the default waits up to 15 s), sessions in UTC, a limit in milliseconds on every statement, and further settings of
 * PostgreSQL. With `server` it connects to that one alone, else to the hosts of the URL.
 */
export function connect(
  url: string,
  max: number,
  statementTimeoutMs: number,
  applicationName = APPLICATION_NAME,
  settings: Readonly<Record<string, string>> = {},
  server?: Server,
): postgres.Sql {
  return postgres(url, {
    ...(server !== undefined && toTarget(server)),
    max,
    fetch_types: false,
    connect_timeout: 5,
    keep_alive: 10,
    backoff: () => 0.25 + Math.random() * 0.25,
    onnotice: () => undefined,
    connection: {
      application_name: applicationName,
      TimeZone: 'UTC',
      statement_timeout: statementTimeoutMs,
      // Where this process or its host is gone without a word, its transactions must not keep tenants locked. None is idle for
      // long here; and one that was cut off between two messages of a statement is ended by the server's TCP alone.
      idle_in_transaction_session_timeout: 5_000,
      tcp_keepalives_idle: 10,
      tcp_keepalives_interval: 5,
      tcp_keepalives_count: 2,
      ...settings,
    },
  });
}
