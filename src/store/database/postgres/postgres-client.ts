import postgres from 'postgres';
import { type SessionSettings, toSessionSetup } from '../session-settings.ts';
import type { PostgresServer } from './postgres-server.ts';
import { toApplicationName } from './session-name.ts';

const CONNECT_TIMEOUT_SECONDS = 5;

/** Options of postgres.js, with those that our patch adds. */
interface PatchedOptions extends postgres.Options<Record<string, never>> {
  /** Where to connect to, tried in this order. */
  targets: PostgresServer['targets'];
  /** SQL that each new connection runs before anything else; a connection on which it fails is closed. */
  setup: string;
}

/**
 * A postgres.js client as this service needs it: no type query at connect (its failure is left uncaught), quick reconnects
 * (the default waits up to 15 s), and sessions that are the same whatever URL, role and database say. Sessions get their
 * settings after connecting: a pooler such as PgBouncer refuses most settings as startup parameters.
 * `settings` are further settings of PostgreSQL.
 */
export function connect(
  server: PostgresServer,
  max: number,
  statementTimeoutMs: number,
  applicationName = toApplicationName(server),
  settings: SessionSettings = {},
): postgres.Sql {
  const { url, targets, schema } = server;
  const options: PatchedOptions = {
    max,
    targets,
    // The driver takes what is missing here from PGUSER, PGPASSWORD and PGDATABASE, else from the operating system.
    ...(url.user !== undefined && { user: url.user }),
    ...(url.password !== undefined && { password: url.password }),
    ...(url.database !== undefined && { database: url.database }),
    ...(url.targetSessionAttributes !== 'any' && { target_session_attrs: url.targetSessionAttributes }),
    ssl: false,
    fetch_types: false,
    connect_timeout: url.connectTimeoutSeconds ?? CONNECT_TIMEOUT_SECONDS,
    keep_alive: 10,
    backoff: () => 0.25 + Math.random() * 0.25,
    onnotice: () => undefined,
    connection: { application_name: applicationName },
    setup: toSessionSetup(schema, {
      application_name: applicationName,
      statement_timeout: String(statementTimeoutMs),
      // Where this process or its host is gone without a word, its transactions must not keep tenants locked. None is idle for
      // long here; and one that was cut off between two messages of a statement is ended by the server's TCP alone.
      idle_in_transaction_session_timeout: '5000',
      tcp_keepalives_idle: '10',
      tcp_keepalives_interval: '5',
      tcp_keepalives_count: '2',
      ...settings,
    }),
  };
  return postgres(options);
}
