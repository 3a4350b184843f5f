import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { it } from 'vitest';
import { createTestDatabase } from '../support/databases/databases.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { WITHOUT_BUILDS } from '../support/processes/start-arguments.ts';
import { waitUntil } from '../support/wait-until.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

it.concurrent('SIGTERM to `npm start` reaches the service, which drains and lets npm exit with 0', async ({
  expect,
}) => {
  const database = await createTestDatabase('pglite');
  const server = new ServerProcess({ DATA_DIR: database.dataDir, ...WITHOUT_BUILDS }, ['npm', 'start']);
  await server.ready(60_000);
  const { url } = server;
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  expect(await server.stop('SIGTERM')).toBe(0);
  expect(server.stdout).toContain('stopped');
  await expect(fetch(`${url}/health/live`)).rejects.toThrow();
  await database.drop();
});

it.concurrent('the first `npm start` in a fresh copy says what it is doing, and ends with the address', async ({
  expect,
  onTestFinished,
}) => {
  const directory = await mkdtemp(join(tmpdir(), 'fresh-copy-'));
  const data = join(directory, 'data');
  for (const name of ['package.json', 'tsconfig.json', 'src', 'schema', 'drizzle']) {
    await cp(join(ROOT, name), join(directory, name), { recursive: true });
  }
  await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  const command = ['npm', 'start', '--prefix', directory];
  const server = new ServerProcess({ DATA_DIR: data }, command);
  onTestFinished(async () => {
    await server[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });
  await waitUntil(() => server.stderr.includes('Building the service'), 10_000);
  expect(server.stdout, 'before the build has ended').not.toContain('"msg"');
  await server.ready(120_000);
  expect(server.stderr).toContain('Built. Starting');
  const messages = server.stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line).msg);
  expect(messages).toEqual([
    `creating the embedded database in ${data}: this takes some seconds, once`,
    'the database is open and migrated',
    'no AUTH_* is set: this server is open to every program on this machine',
    `ready: ${server.url}/graphql`,
  ]);
  expect(await server.stop('SIGTERM')).toBe(0);
}, 180_000);
