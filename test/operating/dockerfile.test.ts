import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { validate } from 'dockerfile-utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { parseRelaySettings } from '../../src/relay/relay-settings.ts';
import { createTestDatabase, toSettings } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import {
  type BuiltImage,
  buildImage,
  dockerfile,
  listInstructions,
} from '../support/processes/build-image.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { NODE } from '../support/processes/start-arguments.ts';
import { IS_FULL } from '../support/run/dose.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const readText = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const readJson = (path: string) => JSON.parse(readText(path));

describe('the Dockerfile', () => {
  test('has no mistake that its linter finds', () => {
    expect(validate(dockerfile)).toEqual([]);
    expect(validate(`${dockerfile}\nCDM x`), 'the linter finds mistakes').toHaveLength(1);
  });

  test('pins Node to the minor version that `npm run test:nodes` tests, in every stage', () => {
    const [, version = ''] = /^NODE_VERSION=(\d+\.\d+)$/.exec(listInstructions('ARG')[0] ?? '') ?? [];
    expect(version).not.toBe('');
    expect(listInstructions('FROM')).toEqual([
      expect.stringMatching(/^node:\$\{NODE_VERSION\}-slim AS build$/),
      expect.stringMatching(/^node:\$\{NODE_VERSION\}-slim$/),
    ]);
    const [major] = version.split('.');
    const { dependencies } = readJson('test/nodes/package.json');
    expect(dependencies[`node-${major}`]).toMatch(
      new RegExp(`^npm:node@${version.replace('.', '\\.')}\\.\\d+$`),
    );
  });

  test('installs from the lock file alone, and writes no dates', () => {
    for (const command of listInstructions('RUN')) {
      expect(command).not.toMatch(/npm (?:i|install)\b|apt|curl|wget|\bdate\b/);
    }
    expect(dockerfile).not.toMatch(/^ADD|latest/m);
  });

  test('copies just the packages that the programs read at run time', () => {
    const external = /external: \[(.*)\]/.exec(readText('src/build.js'))?.[1] ?? '';
    const resolved = execFileSync('grep', ['-rhoP', "import\\.meta\\.resolve\\(\\K'[^']+'", 'src'], {
      cwd: ROOT,
    });
    const read = [...`${external} ${resolved}`.matchAll(/'([^']+)'/g)].map(([, name]) => name);
    const copied = listInstructions('COPY').flatMap(
      (text) => /\/app\/node_modules\/(\S+)/.exec(text)?.[1] ?? [],
    );
    expect(copied.length).toBeGreaterThan(2);
    expect(copied.toSorted()).toEqual(read.toSorted());
    for (const name of copied) {
      expect(readJson(`node_modules/${name}/package.json`), 'no other package').not.toHaveProperty(
        'dependencies',
      );
    }
  });

  test('runs everything as a user that is not root', () => {
    expect(listInstructions('USER')).toEqual(['1000:1000']);
  });
});

/**
 * `npm test` takes packages and bundles from this checkout. `npm run test:faults` executes every
 * command of the Dockerfile, from `npm ci`, which takes a minute.
 */
describe('the image', () => {
  let image: BuiltImage;
  beforeAll(() => {
    image = buildImage(IS_FULL ? {} : { build: ROOT });
  }, 600_000);
  afterAll(() => image[Symbol.dispose]());
  const inImage = (...[, ...args]: string[]) => [
    ...NODE,
    ...args.map((word) => word.replace(/^dist\//, `${image.workingDirectory}/dist/`)),
  ];

  test('starts the service as `npm start` does, with all its pages, and tells its health', async () => {
    const { scripts } = readJson('package.json');
    expect(`exec ${image.command.join(' ')}`).toBe(scripts.start);
    // The embedded database reads files of its package.
    const database = await createTestDatabase('pglite');
    await using server = new ServerProcess(toSettings(database), inImage(...image.command));
    await server.ready();
    expect((await server.client.ingest(runEvent('one'))).stored).toBe(1);
    const data = await server.client.data('{ automationRuns { totalCount } }');
    expect(data).toEqual({ automationRuns: { totalCount: 1 } });
    for (const path of ['/', '/graphql']) {
      const page = await fetch(`${server.url}${path}`, { headers: { accept: 'text/html' } });
      expect(page.headers.get('content-type')).toMatch(/html/);
      const [, script = ''] = /src="([^"]+\.js)"/.exec(await page.text()) ?? [];
      const address = new URL(script, `${server.url}${path}`);
      expect((await fetch(address, { headers: UNCOMPRESSED })).status, script).toBe(200);
    }
    expect(await checkHealth(server.url)).toBe(0);
    expect(await server.stop()).toBe(0);
    expect(await checkHealth(server.url)).toBe(1);
    expect(server.stderr).toBe('');
    await database.drop();
  });

  test('contains every command with all that it needs', async () => {
    const database = await createTestDatabase('postgres');
    const settings = { ...toSettings(database), AUTH_JWT_SECRET: 'x'.repeat(32) };
    const programs = readdirSync(join(image.workingDirectory, 'dist/commands'));
    const names = programs.flatMap((name) => (name.endsWith('.js') ? name.replace('.js', '') : []));
    expect(names.toSorted()).toEqual(Object.keys(COMMANDS));
    for (const [name, { args = [], status = 0, output }] of Object.entries(COMMANDS)) {
      const words = ['node', `dist/commands/${name}.js`, ...args];
      await using command = new ServerProcess(settings, inImage(...words));
      expect(await command.end(), command.stderr).toBe(status);
      expect(command.stderr + command.stdout).toMatch(output);
    }
    await database.drop();
  }, 120_000);

  test('listens on all addresses, and only with a key for tokens', () => {
    expect(() => parseConfig(image.environment)).toThrow('HOST');
    const key = { AUTH_JWT_SECRET: 'x'.repeat(32) };
    expect(parseConfig({ ...image.environment, ...key })).toMatchObject({
      host: '0.0.0.0',
      dataDir: '/data',
    });
    const relay = parseRelaySettings({ ...image.environment, QLIK_WEBHOOK_SECRETS: 'secret-of-a-webhook' });
    expect(relay).toMatchObject({ host: '0.0.0.0', spoolDir: '/spool' });
  });

  /** Runs the health check as Docker does; returns its status. */
  async function checkHealth(url: string): Promise<number | string> {
    const { port } = new URL(url);
    await using check = new ServerProcess({ PORT: port }, inImage(...image.healthCheck));
    return await check.end();
  }
});

/** GraphiQL has 9 MB. */
const UNCOMPRESSED = { 'accept-encoding': 'identity' };

/** The commands: how each is called, how it ends, and what it writes. */
const COMMANDS: Record<string, { args?: string[]; status?: number; output: RegExp }> = {
  backfill: { args: ['--help'], output: /--from/ },
  demo: { args: ['--help'], output: /demo/ },
  ingest: { args: ['--help'], output: /--url/ },
  migrate: { output: /migrated/ },
  prune: { args: ['--older-than', '90d', '--dry-run'], output: /./ },
  rebuild: { output: /./ },
  relay: { status: 1, output: /cannot relay: QLIK_WEBHOOK_SECRETS/ },
  token: { args: ['--tenant', 'T', '--scope', 'events:read'], output: /^eyJ/ },
};
