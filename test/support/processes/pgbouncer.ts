import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort } from '../sockets/free-port.ts';
import { waitUntil } from '../wait-until.ts';

/**
 * What PgBouncer is started with; every setting that is not named here keeps PgBouncer's default.
 */
export interface PgbouncerOptions {
  /** PgBouncer's own default is `session`. */
  poolMode: 'session' | 'transaction' | 'statement';
  /** Further lines of the section `[pgbouncer]`, such as `max_db_connections = 10`. */
  settings?: readonly string[];
  /**
   * Further roles that may connect, as role name → password. The role of the server's URL may
   * connect always.
   */
  users?: Readonly<Record<string, string>>;
}

/** A running PgBouncer in front of a PostgreSQL server. */
export interface Pgbouncer extends AsyncDisposable {
  port: number;
  /** The same database and role, reached through PgBouncer. */
  toUrl(databaseUrl: string): string;
  /** Everything PgBouncer logged. */
  readonly log: string;
  /** Ends PgBouncer at once, with all its connections, and starts it again on the same port. */
  restart(): Promise<void>;
  /** Ends PgBouncer and deletes its directory. */
  stop(): Promise<void>;
}

/** PgBouncer refuses to run as root, and changes to this user then. */
const UNPRIVILEGED_USER = 'nobody';

/**
 * Starts the PgBouncer at `path` on a free port, in front of the server of `serverUrl`; every
 * database is passed on.
 */
export async function startPgbouncer(
  path: string,
  serverUrl: string,
  { poolMode, settings = [], users = {} }: PgbouncerOptions,
): Promise<Pgbouncer> {
  const { hostname, port: serverPort, username, password } = new URL(serverUrl);
  const folder = mkdtempSync(join(tmpdir(), 'qlik-event-graph-pgbouncer-'));
  chmodSync(folder, 0o755);
  const port = await findFreePort();
  const known = { [decodeURIComponent(username)]: decodeURIComponent(password), ...users };
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
  writeFileSync(
    join(folder, 'users.txt'),
    Object.entries(known)
      .map(([name, secret]) => `${quote(name)} ${quote(secret)}\n`)
      .join(''),
  );
  const configuration = join(folder, 'pgbouncer.ini');
  const lines = [
    '[databases]',
    `* = host=${hostname} port=${serverPort}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = plain',
    `auth_file = ${join(folder, 'users.txt')}`,
    `pool_mode = ${poolMode}`,
    ...settings,
  ];
  writeFileSync(configuration, `${lines.join('\n')}\n`);
  let log = '';
  const start = async () => {
    const isRoot = process.getuid?.() === 0;
    const child = spawn(path, [...(isRoot ? ['-u', UNPRIVILEGED_USER] : []), configuration]);
    child.stdout.on('data', (text) => {
      log += text;
    });
    child.stderr.on('data', (text) => {
      log += text;
    });
    const isListening = async () => child.exitCode !== null || (await canConnect(port));
    await waitUntil(isListening, 10_000, () => log);
    if (child.exitCode !== null) throw new Error(`PgBouncer does not start:\n${log}`);
    return async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    };
  };
  let end = await start();
  const stop = async () => {
    await end();
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    port,
    toUrl(databaseUrl) {
      const url = new URL(databaseUrl);
      url.hostname = '127.0.0.1';
      url.port = String(port);
      return url.href;
    },
    get log() {
      return log;
    },
    async restart() {
      await end();
      end = await start();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
