import { expect, it } from 'vitest';
import { createTestDatabase } from '../support/databases.ts';
import { ServerProcess } from '../support/server-process.ts';

it('SIGTERM to `npm start` reaches the service, which drains and lets npm exit with 0', async () => {
  const database = await createTestDatabase('pglite');
  const server = new ServerProcess({ DATA_DIR: database.dataDir }, ['npm', 'start']);
  await server.ready(60_000);
  const { url } = server;
  expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  expect(await server.stop('SIGTERM')).toBe(0);
  expect(server.stdout).toContain('stopped');
  await expect(fetch(`${url}/health/live`)).rejects.toThrow();
  await database.drop();
});
