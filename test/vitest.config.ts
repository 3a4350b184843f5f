import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { configDefaults, defineConfig } from 'vitest/config';
import { IS_FULL, IS_LONG } from './support/run/dose.ts';
import { LongestFirst } from './support/run/longest-first.ts';

const root = fileURLToPath(new URL('.', import.meta.url));

/** The files in which a test has a short and a full dose: those of `npm run test:faults`. */
function listFilesWithDoses(): string[] {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (file) => !file.includes('node_modules'),
  );
  return files.filter(
    (file) =>
      file.endsWith('.test.ts') &&
      /\b(?:toDose|faultTest|takeTurns|describeOnOneDatabase|describeOnEachTransport)\(|\bIS_FULL\b/.test(
        readFileSync(`${root}/${file}`, 'utf8'),
      ),
  );
}

/** The suites of `npm run test:long`, which `npm test` leaves out. */
const LONG_FILES = '**/*.long.test.ts';

/** The folders whose suites have a script of their own, which `npm test` leaves out. */
function listSeparateFolders(): string[] {
  return readdirSync(root).filter((name) => existsSync(`${root}/${name}/vitest.config.ts`));
}

export default defineConfig({
  cacheDir: fileURLToPath(new URL('../node_modules/.vite', import.meta.url)),
  resolve: {
    // One build of graphql: otherwise Pothos gets the CommonJS module, and the code under test the
    // ES module.
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
  test: {
    root,
    include: IS_FULL ? listFilesWithDoses() : [IS_LONG ? LONG_FILES : '**/*.test.ts'],
    exclude: [
      ...configDefaults.exclude,
      ...listSeparateFolders().map((name) => `${name}/**`),
      ...(IS_FULL || IS_LONG ? [] : [LONG_FILES]),
    ],
    globalSetup: './support/run/global-setup.ts',
    pool: 'forks',
    // Importing the service costs more than most suites. A suite that needs a separate database or
    // process creates one.
    isolate: false,
    // Like `npm start`: less garbage collection. PGlite's code is optimized only where it runs
    // for long.
    execArgv: ['--max-semi-space-size=32', '--wasm-tiering-budget=20000000'],
    // With a third one, tests that measure waits fail on a busy machine of two cores.
    maxWorkers: 2,
    // Of the tests that run beside each other (support/run/concurrent-test.ts).
    maxConcurrency: 3,
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
