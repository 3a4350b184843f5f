import { fileURLToPath } from 'node:url';
import type { TestDatabase } from '../support/databases/databases.ts';
import { letGo } from '../support/databases/kept-open.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { NODE } from '../support/processes/start-arguments.ts';

const COMMAND = fileURLToPath(new URL('../../dist/commands/rebuild.js', import.meta.url));

/** Starts `npm run rebuild` as a process of its own. */
export function startRebuild({ databaseUrl, dataDir }: TestDatabase, ...args: string[]): ServerProcess {
  const settings = { DATABASE_URL: databaseUrl, DATA_DIR: dataDir };
  return new ServerProcess(settings, [...NODE, COMMAND, ...args]);
}

/** Starts a rebuild that kills its process as soon as its first batch is committed. */
export function startKilledRebuild({ databaseUrl, dataDir }: TestDatabase, batchSize: number): ServerProcess {
  const location = JSON.stringify({ databaseUrl, dataDir });
  const program = `
    import { rebuildProjections } from './src/store/rebuild/rebuild-projections.ts';
    const nothing = () => {};
    const advance = () => process.kill(process.pid, 'SIGKILL');
    const listener = { say: nothing, begin: nothing, compared: nothing, advance };
    const { signal } = new AbortController();
    await rebuildProjections(${location}, { listener, signal, batchSize: ${batchSize} });`;
  return new ServerProcess({}, [...NODE, '--import', 'tsx', '--input-type=module', '--eval', program]);
}

const STEP = /^(?:reading the log|catching up|comparing|creating indexes): .*\n/gm;

/** Runs it to its end. Gives what it found, and what it said apart from its steps. */
export async function runRebuild(
  database: TestDatabase,
  ...args: string[]
): Promise<{ status: number | string; stdout: string; notes: string }> {
  await letGo(database);
  await using rebuild = startRebuild(database, ...args);
  const status = await rebuild.end(60_000);
  return { status, stdout: rebuild.stdout, notes: rebuild.stderr.replace(STEP, '') };
}
