import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/databases.ts';
import { type Pgbouncer, startPgbouncer } from '../support/pgbouncer.ts';
import { describeWithProgram } from '../support/programs.ts';
import { ServerProcess } from '../support/server-process.ts';

describeWithProgram('behind PgBouncer in session mode with its default settings', 'pgbouncer', (path) => {
  let pgbouncer: Pgbouncer;
  let database: TestDatabase;
  let pooled: { databaseUrl: string; dataDir: string };

  beforeAll(async () => {
    database = await createTestDatabase('postgres');
    pgbouncer = await startPgbouncer(path, inject('postgresUrl'), { poolMode: 'session' });
    pooled = { databaseUrl: pgbouncer.toUrl(database.databaseUrl ?? ''), dataDir: '' };
  });
  afterAll(async () => {
    await pgbouncer?.stop();
    await database?.drop();
  });

  test('the service starts', async () => {
    await using server = await ServerProcess.start(pooled);
    expect(server.url).not.toBe('');
  });
});
