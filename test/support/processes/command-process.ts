import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestDatabase } from '../databases/databases.ts';
import { ServerProcess } from './server-process.ts';
import { NODE } from './start-arguments.ts';

/** A built command (`npm run <name>`) as a process of its own. */
export class CommandProcess extends ServerProcess {
  constructor(name: string, args: readonly string[], settings: Record<string, string | undefined> = {}) {
    const path = fileURLToPath(new URL(`../../../dist/commands/${name}.js`, import.meta.url));
    super(settings, [...NODE, path, ...args]);
  }

  /** How it ended, with all it said. */
  async result(timeoutMs = 60_000): Promise<{ status: number | string; stdout: string; stderr: string }> {
    const status = await this.end(timeoutMs);
    return { status, stdout: this.stdout, stderr: this.stderr };
  }
}

/** Starts `npm run prune` on a database. */
export function startPrune(
  { databaseUrl, dataDir }: Pick<TestDatabase, 'databaseUrl' | 'dataDir'>,
  ...args: string[]
): CommandProcess {
  return new CommandProcess('prune', args, { DATABASE_URL: databaseUrl, DATA_DIR: dataDir });
}

/** Starts `npm run ingest` against a service. */
export function startIngest(
  url: string,
  args: readonly string[],
  { input, ...settings }: { input?: string; INGEST_TOKEN?: string } = {},
): CommandProcess {
  const command = new CommandProcess('ingest', ['--url', url, ...args], settings);
  if (input !== undefined) command.child.stdin?.end(input);
  return command;
}

/** Starts `npm run backfill` from a tenant to a service. Its progress is kept in `stateDir`. */
export function startBackfill(
  urls: { tenant: string; service: string },
  stateDir: string,
  args: readonly string[],
  settings: Record<string, string | undefined> = { QLIK_API_KEY: 'api-key' },
): CommandProcess {
  const { tenant: QLIK_TENANT_URL, service } = urls;
  const environment = { QLIK_TENANT_URL, API_URL: `${service}/graphql`, ...settings };
  return new CommandProcess('backfill', ['--state', stateDir, ...args], environment);
}

/** A folder for a test's files. */
export class TestFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'qlik-event-graph-files-'));

  /** Writes a file and gives its path. */
  write(name: string, text: string | Buffer): string {
    const path = join(this.path, name);
    writeFileSync(path, text);
    return path;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
