import postgres from 'postgres';
import { type SessionSettings, toSessionSetup } from '../session-settings.ts';
import type { PostgresLocation } from './postgres-location.ts';
import { openSocket, type Server } from './server.ts';
import { toApplicationName } from './session-name.ts';

const CONNECT_TIMEOUT_SECONDS = 5;

/** Options of postgres.js, with the one that our patch adds and the one that its types leave out. */
interface PatchedOptions extends postgres.Options<Record<string, never>> {
  /** SQL that each new connection runs before anything else; a connection on which it fails is closed. */
  setup?: string;
  socket: () => ReturnType<typeof openSocket>;
}

/**
 * A postgres.js client that connects to `server` alone, with sessions that are the same whatever URL, role and database
 * say. Sessions get their settings after connecting: a pooler such as PgBouncer refuses most settings as startup parameters.
 * `settings` are further settings of PostgreSQL.
 */
export function connect(
  location: PostgresLocation,
  server: Server,
  max: number,
  statementTimeoutMs: number,
  applicationName = toApplicationName(location),
  settings: SessionSettings = {},
): postgres.Sql {
  const options: PatchedOptions = {
    ...toOptions(location, server, max, applicationName),
    setup: toSessionSetup(location.schema, {
      application_name: applicationName,
      statement_timeout: String(statementTimeoutMs),
      // If this process or its host dies silently, its transactions must not keep tenants locked. No transaction is idle
      // for long here. The server's TCP ends one that was cut off between two messages of a statement.
      idle_in_transaction_session_timeout: '5000',
      tcp_keepalives_idle: '10',
      tcp_keepalives_interval: '5',
      tcp_keepalives_count: '2',
      ...settings,
    }),
  };
  return postgres(options);
}

/** A client of one connection to `server`, whose session keeps the settings that it has. */
export function connectUnchanged(
  location: PostgresLocation,
  server: Server,
  onclose: () => void,
): postgres.Sql {
  return postgres({ ...toOptions(location, server, 1, toApplicationName(location)), onclose });
}

/**
 * Options as this service needs them: no type query at connect (its failure is left uncaught), and quick reconnects (the
 * default waits up to 15 s).
 */
function toOptions(
  { url }: PostgresLocation,
  server: Server,
  max: number,
  applicationName: string,
): PatchedOptions {
  return {
    max,
    // Messages alone contain this host and port: `socket` is what connects.
    host: server.host,
    port: server.port,
    socket: () => openSocket(server),
    ssl: server.encryptions[0] ?? false,
    // The driver takes what is missing here from PGUSER, PGPASSWORD and PGDATABASE, else from the operating system.
    ...(url.user !== undefined && { user: url.user }),
    ...(url.password !== undefined && { password: url.password }),
    ...(url.database !== undefined && { database: url.database }),
    fetch_types: false,
    connect_timeout: url.connectTimeoutSeconds ?? CONNECT_TIMEOUT_SECONDS,
    keep_alive: 10,
    backoff: () => 0.25 + Math.random() * 0.25,
    onnotice: () => undefined,
    connection: { application_name: applicationName },
  };
}
