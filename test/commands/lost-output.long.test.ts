import { readdirSync } from 'node:fs';
import { expect } from 'vitest';
import { createTestDatabase } from '../support/databases/databases.ts';
import { readRows } from '../support/databases/rows.ts';
import { runEvent } from '../support/events/events.ts';
import { CommandProcess, TestFolder } from '../support/processes/command-process.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { concurrentTest, onTestEnd } from '../support/run/concurrent-test.ts';
import { startTestService } from '../support/services/service.ts';

type Settings = Record<string, string | undefined>;

/** Ways to run a command so that nothing it says can be written. Each gives its exit status. */
const WAYS: Record<string, (name: string, args: string[], settings: Settings) => Promise<number | string>> = {
  'into pipes that nobody reads': async (name, args, settings) => {
    await using command = new CommandProcess(name, args, settings);
    command.child.stdout?.destroy();
    command.child.stderr?.destroy();
    return await command.end();
  },
  'onto a full device': async (name, args, settings) => {
    const program = [process.execPath, `dist/commands/${name}.js`, ...args];
    await using command = new ServerProcess(settings, [
      'sh',
      '-c',
      'exec "$0" "$@" > /dev/full 2>&1',
      ...program,
    ]);
    return await command.end();
  },
};

for (const [way, run] of Object.entries(WAYS))
  concurrentTest(
    `what commands say ${way} is dropped, and they do all of their work and end with the status that it deserves`,
    async () => {
      const database = await createTestDatabase('postgres');
      onTestEnd(() => database.drop());
      const { databaseUrl } = database;
      const service = await startTestService('postgres', {}, database);
      using folder = new TestFolder();
      const lines = Array.from({ length: 100 }, () => `${JSON.stringify(runEvent('one'))}\n{"no": json\n`);
      const file = folder.write('events.ndjson', lines.join(''));
      expect(await run('ingest', ['--url', service.url, '--batch', '7', file], {})).toBe(1);
      expect(readdirSync(folder.path)).toEqual(['events.ndjson']);
      await service.close();

      await readRows(database, `update automation_runs set title = 'Other'`);
      expect(await run('rebuild', [], { DATABASE_URL: databaseUrl })).toBe(2);
      expect(await readRows(database, `select from automation_runs where title = 'Other'`)).toEqual([]);

      expect(await run('prune', ['--older-than', '0s'], { DATABASE_URL: databaseUrl })).toBe(0);
      const [log] = await readRows(database, 'select head::int, pruned_through::int from tenants');
      expect(log).toEqual({ head: 100, pruned_through: 100 });
      expect(await run('prune', ['--older-than', 'long'], { DATABASE_URL: databaseUrl })).toBe(1);
      expect(await run('migrate', [], { DATABASE_URL: databaseUrl })).toBe(0);
    },
  );
