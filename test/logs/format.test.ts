import { expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { createTestDatabase, toSettings } from '../support/databases/databases.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { waitUntil } from '../support/wait-until.ts';

async function readLog(settings: Record<string, string>): Promise<string> {
  const database = await createTestDatabase('postgres');
  const server = new ServerProcess({ ...toSettings(database), ...settings });
  await waitUntil(() => server.stdout.includes('ready: '), 30_000);
  await server.stop();
  await database.drop();
  return server.stdout;
}

test('the log is lines of JSON where standard output is no terminal', async () => {
  const lines = (await readLog({})).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line).msg)).toContain('the database is open and migrated');
});

test('LOG_FORMAT=pretty writes lines for readers, without colours where there is no terminal', async () => {
  const text = await readLog({ LOG_FORMAT: 'pretty' });
  expect(text).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: the database is open and migrated$/m);
  expect(text).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: stopped$/m);
});

test('LOG_FORMAT is pretty or json', () => {
  expect(() => parseConfig({ LOG_FORMAT: 'xml' })).toThrow('LOG_FORMAT: is not one of pretty, json');
});
