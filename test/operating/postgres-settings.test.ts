import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { asAdmin, toTestDatabase } from '../support/databases/databases.ts';
import { type PostgresServer, startPostgres } from '../support/databases/start-postgres.ts';
import { runEvent } from '../support/events/events.ts';
import { composeFile } from '../support/processes/compose-file.ts';
import { startTestService } from '../support/services/service.ts';

/** README: "Embedded or PostgreSQL". */
const CONNECTIONS_OF_A_SERVER = 15;
/** PostgreSQL keeps them for administrators (`superuser_reserved_connections`). */
const RESERVED = 3;

const [program, ...words] = composeFile.services.postgres?.command ?? [];
const settings = Object.fromEntries(
  words.map((word): [string, string] => [word.slice(2).split('=')[0] ?? '', word.split('=')[1] ?? '']),
);

let postgres: PostgresServer;
beforeAll(async () => {
  expect(program).toBe('postgres');
  // The PostgreSQL of the tests is built without LZ4. That of the image has it.
  const known = { ...settings, wal_compression: settings.wal_compression === 'lz4' ? 'on' : '' };
  postgres = await startPostgres(join(inject('dataFolder'), 'compose'), known);
});
afterAll(() => postgres.stop());

test('PostgreSQL starts with the settings of docker-compose.yml', async () => {
  const names = Object.keys(settings).filter((name) => name !== 'wal_compression');
  expect(names.length).toBeGreaterThan(5);
  const rows = await asAdmin(
    (sql) => sql<{ name: string; value: string }[]>`
      select name, current_setting(name) as value from pg_settings where name in ${sql(names)}`,
    postgres.url,
  );
  expect(Object.fromEntries(rows.map(({ name, value }) => [name, value]))).toEqual(
    Object.fromEntries(names.map((name) => [name, settings[name]])),
  );
});

test('two servers that start at once and are busy keep to their connections, of which there are enough', async () => {
  const database = toTestDatabase(postgres.url);
  const services = await Promise.all(
    [0, 1].map(() => startTestService('postgres', { ROW_LEVEL_SECURITY: 'on' }, database)),
  );
  const busy = services.flatMap(({ client }, index) =>
    Array.from({ length: 60 }, async (_, request) => {
      const tenant = client.as(`tenant-${index}-${request % 12}`);
      await tenant.ingest(runEvent(tenant.tenantId ?? ''));
      await tenant.data('{ automationRuns { totalCount } events { totalCount } blocks { totalCount } }');
    }),
  );
  let most = 0;
  let isDone = false;
  const done = Promise.all(busy).finally(() => {
    isDone = true;
  });
  while (!isDone) most = Math.max(most, await countConnections());
  await done;
  expect(most).toBeGreaterThan(2 * 8);
  expect(most).toBeLessThanOrEqual(2 * CONNECTIONS_OF_A_SERVER);
  // As the comment in the file says: five servers, and a command.
  expect(Number(settings.max_connections) - RESERVED).toBeGreaterThanOrEqual(6 * CONNECTIONS_OF_A_SERVER);
  for (const service of services) await service.close();
});

/** Counts the connections of others. */
async function countConnections(): Promise<number> {
  const [row] = await asAdmin(
    (sql) => sql<{ count: number }[]>`select count(*)::int as count from pg_stat_activity
      where backend_type = 'client backend' and pid <> pg_backend_pid()`,
    postgres.url,
  );
  return row?.count ?? 0;
}
