import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { CommandProcess, TestFolder } from '../support/processes/command-process.ts';
import { concurrentTest } from '../support/run/concurrent-test.ts';

for (const [name, args] of [
  ['prune', ['--older-than', '90d']],
  ['rebuild', []],
  ['rebuild', ['--abandon']],
] as const)
  concurrentTest(
    `npm run ${name} with ${JSON.stringify(args)} refuses a data directory without a database, and makes none`,
    async () => {
      using folder = new TestFolder();
      const missing = join(folder.path, 'mistyped');
      for (const dataDir of [missing, folder.path]) {
        await using command = new CommandProcess(name, args, { DATA_DIR: dataDir });
        const { status, stdout, stderr } = await command.result();
        expect(stderr).toBe(
          `qlik-event-graph cannot ${name}: DATA_DIR: there is no database in ${dataDir}; npm start or npm run migrate would create one.\n`,
        );
        expect([status, stdout]).toEqual([1, '']);
      }
      expect(existsSync(missing)).toBe(false);
      expect(readdirSync(folder.path)).toEqual([]);
    },
  );

concurrentTest(
  'npm run migrate makes a database where there is none, which prune and rebuild then take',
  async () => {
    using folder = new TestFolder();
    const settings = { DATA_DIR: join(folder.path, 'new') };
    for (const [name, ...args] of [['migrate'], ['prune', '--older-than', '90d'], ['rebuild']] as const) {
      await using command = new CommandProcess(name, args, settings);
      expect(await command.result()).toMatchObject({ status: 0 });
    }
  },
);
