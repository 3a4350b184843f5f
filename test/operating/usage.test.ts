import { existsSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CommandProcess, TestFolder } from '../support/processes/command-process.ts';

const NAMES = readdirSync(new URL('../../src/commands/', import.meta.url))
  .filter((file) => file.endsWith('.ts') && file !== 'print-schema.ts')
  .map((file) => file.replace('.ts', ''))
  .concat('ingest');

async function run(name: string, option: string) {
  using folder = new TestFolder();
  const DATA_DIR = `${folder.path}/data`;
  await using command = new CommandProcess(name, [option], { DATA_DIR });
  return { ...(await command.result()), hasData: existsSync(DATA_DIR) };
}

test.concurrent.each(NAMES)('npm run %s -- --help prints the usage and does nothing', async (name) => {
  const { status, stdout, stderr, hasData } = await run(name, '--help');
  expect({ status, stderr, hasData }).toEqual({ status: 0, stderr: '', hasData: false });
  expect(stdout).toMatch(new RegExp(`^npm run ${name}\\b`));
});

test.concurrent.each(NAMES)('npm run %s refuses an unknown option and does nothing', async (name) => {
  const { status, stdout, stderr, hasData } = await run(name, '--unknown');
  expect({ status, stdout, hasData }).toEqual({ status: 1, stdout: '', hasData: false });
  expect(stderr).toMatch(/^qlik-event-graph cannot [^:]+: Unknown option '--unknown'.*\n$/);
});
