import type { Socket } from 'node:net';
import postgres from 'postgres';
import { type SessionSettings, toSessionSetup } from '../session-settings.ts';
import type { PostgresLocation } from './postgres-location.ts';
import { openSocket, type Server } from './server.ts';
import { toApplicationName } from './session-name.ts';

const CONNECT_TIMEOUT_SECONDS = 5;

/** What our patch adds to the types of postgres.js. */
declare module 'postgres' {
  interface UnsafeQueryOptions {
    /** Runs the statement in a transaction that begins with this SQL. */
    first?: string;
  }
  interface Sql {
    /** Runs a transaction that begins with the SQL `first`. */
    begin<T>(
      options: { first: string },
      work: (transaction: postgres.TransactionSql) => Promise<T>,
    ): Promise<T>;
  }
}

/** Options of postgres.js; `setup` is added by our patch. */
interface PatchedOptions extends postgres.Options<Record<string, never>> {
  /** The first SQL of each new connection. If it fails, the connection is closed. */
  setup?: string;
}

/** The connections of a client. */
interface Connections {
  /** The most of them. */
  max: number;
  statementTimeoutMs: number;
  applicationName?: string;
  /** Further settings of their sessions. */
  settings?: SessionSettings;
  /** The role of their sessions; undefined for that of the URL. */
  role?: string | undefined;
  /** Called with 1 when a connection opens, and with -1 when it closes. */
  onSocket?: ((count: 1 | -1) => void) | undefined;
}

/**
 * Returns a postgres.js client whose connections go to `server`. Its sessions have the same
 * settings whatever the URL, the role and the database set. The settings are set after
 * connecting, because poolers such as PgBouncer refuse most startup parameters.
 */
export function connect(location: PostgresLocation, server: Server, connections: Connections): postgres.Sql {
  const { max, statementTimeoutMs, settings, role, onSocket } = connections;
  const applicationName = connections.applicationName ?? toApplicationName(location);
  const options = {
    ...toOptions(location, server, max, applicationName),
    setup: toSessionSetup(
      location.schema,
      {
        application_name: applicationName,
        statement_timeout: String(statementTimeoutMs),
        // If this process or its host dies silently, its transactions must not keep tenants
        // locked. No transaction of this service is idle for long. TCP keepalives of the server
        // end a transaction that was interrupted between two messages of a statement.
        idle_in_transaction_session_timeout: '5000',
        tcp_keepalives_idle: '10',
        tcp_keepalives_interval: '5',
        tcp_keepalives_count: '2',
        ...settings,
      },
      role,
    ),
  };
  return openClient(options, server, onSocket);
}

/** Returns a client of one connection to `server` that changes no setting of the session. */
export function connectUnchanged(
  location: PostgresLocation,
  server: Server,
  onclose: () => void,
): postgres.Sql {
  return openClient({ ...toOptions(location, server, 1, toApplicationName(location)), onclose }, server);
}

/**
 * Opens a client whose sockets close with it. A connection that opens while its client ends can
 * outlive the client of postgres.js, and would keep the process alive.
 */
function openClient(
  options: PatchedOptions,
  server: Server,
  onSocket?: Connections['onSocket'],
): postgres.Sql {
  const sockets = new Set<Socket>();
  let hasEnded = false;
  const withSockets: PatchedOptions & { socket: () => Socket } = {
    ...options,
    socket() {
      const socket = openSocket(server);
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      // The driver does not watch a socket below TLS.
      socket.on('error', () => undefined);
      if (hasEnded) socket.destroy();
      // A socket that never connects emits only `close`.
      socket.once('connect', () => {
        onSocket?.(1);
        socket.once('close', () => onSocket?.(-1));
      });
      return socket;
    },
  };
  const client = postgres(withSockets);
  const end = client.end.bind(client);
  client.end = async (endOptions) => {
    await end(endOptions);
    hasEnded = true;
    for (const socket of sockets) socket.destroySoon();
  };
  return client;
}

/**
 * Returns the options of every client. No type query runs at connect, because postgres.js
 * leaves its failure uncaught. Reconnects are quick; the default waits up to 15 s.
 */
function toOptions(
  { url }: PostgresLocation,
  server: Server,
  max: number,
  applicationName: string,
): PatchedOptions {
  return {
    max,
    // Only messages use this host and port. `openClient` connects.
    host: server.host,
    port: server.port,
    ssl: server.encryptions[0] ?? false,
    // The driver takes missing values from PGUSER, PGPASSWORD, PGDATABASE, or the system.
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
