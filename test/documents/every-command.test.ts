import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { INGEST_USAGE } from '../../schema/ingest-client/command/ingest-options.ts';
import { BACKFILL_USAGE } from '../../src/commands/backfill/backfill-options.ts';
import { DEMO_USAGE } from '../../src/commands/demo/demo-options.ts';
import { PRUNE_USAGE } from '../../src/commands/prune/prune-options.ts';
import { REBUILD_USAGE } from '../../src/commands/rebuild/rebuild.ts';
import { TOKEN_USAGE } from '../../src/commands/token/token-options.ts';
import { listFiles, listTableRows, readAll, readDocument } from '../support/documents.ts';

const DOCUMENTS = [
  ...['README.md', 'OPERATIONS.md', 'CONTRIBUTING.md', 'SECURITY.md', 'ARCHITECTURE.md'],
  ...listFiles('schema', 'README.md'),
];
const readme = readDocument('README.md');
const root = new URL('../../', import.meta.url);

/**
 * The test of each fenced block, by a text that only this block of the document contains. Blocks
 * of OPERATIONS.md are listed in `operations-page.test.ts`.
 */
const BLOCKS: Record<string, [text: string, test: string][]> = {
  'README.md': [
    ['npm ci && npm start', 'lifecycle/npm-start.long'],
    ['npm ci && npm test', 'documents/every-command'],
    ['npm run demo', 'demo/demo.long'],
    ['-d \'{\n  "query": "mutation ($event: JSON!)', 'documents/readme'],
    ['"outcome": "STORED", "position": 1', 'documents/readme'],
    ['{ automationRuns { nodes { title status', 'documents/readme'],
    ['"totalApiCalls": 42', 'documents/readme'],
    ['curl -sN', 'documents/readme'],
    ["sed 's/A234", 'documents/readme'],
    ['event: next', 'documents/readme'],
    ['your server', 'documents/connect'],
    ['QLIK_TENANT_URL=https://my-tenant.eu.qlikcloud.com\nQLIK_API_KEY=my-key', 'documents/connect'],
    ['set -a; . ./.env; npm start', 'documents/connect'],
    ['set -a; . ./.env; npm run relay', 'documents/connect'],
    ['/api/core/webhooks"', 'documents/connect'],
    ['npm run backfill -- --from 2026', 'documents/connect'],
    ['{ coverage(from:', 'documents/connect'],
    ['mutation Ingest(', 'documents/readme'],
    ['npm run ingest -- schema/events', 'documents/readme'],
    ['npm run backfill -- --from 2024-01-01', 'documents/every-command'],
    ['query Coverage', 'documents/readme'],
    ['query NewestRuns', 'documents/readme'],
    ['query Apps', 'documents/readme'],
    ['mutation NameThings', 'documents/readme'],
    ['query Expensive', 'documents/readme'],
    ['query HourlyFailures', 'documents/readme'],
    ["from 'graphql-ws'", 'documents/readme'],
    ['npm run --silent token -- --tenant T', 'documents/readme'],
    ['npm run prune', 'documents/readme'],
    ['QLIK_WEBHOOK_SECRETS=… INGEST_TOKEN=… npm run relay', 'relay/process.long'],
    ['query Quarantine', 'documents/readme'],
    ['mutation Retry', 'documents/readme'],
    ['mutation Discard', 'documents/readme'],
    ['POSTGRES_PASSWORD', 'operating/compose'],
    ['TOKEN=$(docker compose', 'operating/compose'],
    ['docker compose --profile relay', 'operating/compose'],
    ['docker compose --profile watch', 'operating/compose'],
  ],
  'CONTRIBUTING.md': [['npm run dev', 'documents/every-command']],
  'ARCHITECTURE.md': [['webhook ─► relay', 'documents/every-command']],
  'SECURITY.md': [],
  ...Object.fromEntries(
    listFiles('schema/clients', 'README.md').map((path): [string, [string, string][]] => [
      path,
      [['npm start -- http', 'clients/examples']],
    ]),
  ),
  'schema/ingest-client/README.md': [
    ['new BatchPoster(', 'documents/ingest-client'],
    ['npm run ingest -- --help', 'documents/every-command'],
  ],
};

describe('every fenced block has a test', () => {
  const documents = Object.entries(BLOCKS);

  test.each(documents)('%s', (path, known) => {
    const blocks = [...readDocument(path).matchAll(/^```\w*\n([\s\S]*?)^```/gm)].map(([, text = '']) => text);
    const unknown = blocks.filter((block) => known.filter(([text]) => block.includes(text)).length === 0);
    expect(unknown).toEqual([]);
    expect(blocks).toHaveLength(known.length);
    const tests = known.map(([, name]) => `test/${name}.test.ts`);
    expect(tests.filter((file) => !existsSync(new URL(file, root)))).toEqual([]);
  });
});

describe('the commands that the documents name', () => {
  const readScripts = (path: string) =>
    (JSON.parse(readDocument(path)) as { scripts: Record<string, string> }).scripts;
  const scripts = readScripts('package.json');
  /** The scripts that a document means: an example client is a package of its own. */
  const scriptsFor = (path: string) => {
    const [, client] = /^schema\/clients\/([\w-]+)\/README/.exec(path) ?? [];
    if (client !== undefined) return readScripts(`schema/clients/${client}/package.json`);
    const isOverview = path.startsWith('schema/clients/');
    return { ...scripts, ...(isOverview && readScripts('schema/clients/urql/package.json')) };
  };
  const usages: Record<string, string> = {
    ...{ backfill: BACKFILL_USAGE, demo: DEMO_USAGE, ingest: INGEST_USAGE },
    ...{ prune: PRUNE_USAGE, rebuild: REBUILD_USAGE, token: TOKEN_USAGE },
  };

  test.each(DOCUMENTS)('of %s are scripts of package.json, with options that they have', (path) => {
    const commands = [
      ...readDocument(path).matchAll(/\bnpm (run (?:--silent )?)?([a-z][\w:]*)(?: -- ([^`\n]*))?/g),
    ].filter(([, run, name = '']) => run !== undefined || ['start', 'test'].includes(name));
    for (const [command, , name = '', rest = ''] of commands) {
      expect(Object.keys(scriptsFor(path)), command).toContain(name);
      const options = rest.match(/(?<![\w-])--[a-z][a-z-]+/g) ?? [];
      for (const option of options.filter((each) => each !== '--help'))
        expect(usages[name] ?? '', `${path}: ${command}`).toContain(option);
    }
  });

  test('are built before they start', () => {
    const built = Object.keys(scripts).filter((name) => scripts[name]?.startsWith('exec node '));
    expect(built).toEqual(expect.arrayContaining(['start', 'migrate', ...Object.keys(usages)]));
    for (const name of built) expect(scripts[`pre${name}`], name).toMatch(/\bnpm run --silent build\b/);
  });

  test('of benchmarks exist', () => {
    const benchmarks = readDocument('test/bench/main.ts');
    const named = DOCUMENTS.flatMap((path) => [...readDocument(path).matchAll(/npm run bench -- (\w+)/g)]);
    expect(named.length).toBeGreaterThan(1);
    for (const [, name] of named) expect(benchmarks).toContain(`  ${name}: bench`);
  });

  test('with node are files that the build makes', () => {
    const build = readDocument('src/build.js');
    const named = DOCUMENTS.flatMap((path) => [
      ...readDocument(path).matchAll(/dist\/commands\/([\w-]+)\.js/g),
    ]);
    expect(named.length).toBeGreaterThan(3);
    expect(build).toContain('commands');
    for (const [file, name] of named) {
      const sources = [`src/commands/${name}.ts`, `schema/ingest-client/${name}.ts`];
      expect(
        sources.some((source) => existsSync(new URL(source, root))),
        file,
      ).toBe(true);
    }
  });

  test('are all in the table "Commands" of the README', () => {
    const table = listTableRows(readme, '### Commands').flat().join('\n');
    const ofDevelopers = /^(?:post|pre|build|schema|migration|web:types|fix|test:)/;
    const missing = Object.keys(scripts).filter(
      (name) =>
        !ofDevelopers.test(name) &&
        !table.includes(`\`npm run ${name}\``) &&
        !table.includes(`\`npm ${name}\``),
    );
    expect(missing.filter((name) => name !== 'demo')).toEqual([]);
  });
});

describe('the settings in the README', () => {
  /** The default of each setting, as its schema says. */
  const readDefaults = (path: string): Map<string, string> =>
    new Map(
      [...readDocument(path).matchAll(/^ {2}([A-Z][A-Z_]+):([\s\S]*?),\n(?= {2}[A-Z]|\}\))/gm)].map(
        ([, name = '', rule = '']) => [
          name,
          /\.default\('?([^')]*)'?\)/.exec(rule)?.[1]?.replaceAll('_', '') ?? '',
        ],
      ),
    );

  test.each([
    ['## Settings', 'src/config.ts', 20],
    ['### Relay', 'src/relay/relay-settings.ts', 8],
  ])('of "%s" have the defaults of the code', (heading, path, least) => {
    const defaults = new Map([...readDefaults(path), ...readDefaults('src/open-log.ts')]);
    const rows = listTableRows(readme, heading).filter(([names = '']) => /^`[A-Z]/.test(names));
    let compared = 0;
    for (const [names = '', cell = ''] of rows) {
      const settings = names.match(/[A-Z][A-Z_]+[A-Z]/g) ?? [];
      const stated = cell.split(', ');
      for (const [index, name] of settings.entries()) {
        const value = defaults.get(name);
        if (value === undefined) continue;
        compared += 1;
        const expected =
          value === '' || value === '[]'
            ? /^(?:–|none|`(?:on|pretty|public)`)/
            : new RegExp(`^\`${value.replaceAll('.', '\\.')}\``);
        expect(stated[index] ?? stated[0], name).toMatch(expected);
      }
    }
    expect(compared).toBeGreaterThanOrEqual(least);
  });

  test('metrics of the table are those of the code', () => {
    const named = new Set(readme.match(/`qeg_\w+`/g)?.map((name) => name.slice(1, -1)));
    const defined = new Set(readAll('src').match(/(?<=')qeg_\w+(?=')/g));
    expect(defined.size).toBeGreaterThan(10);
    expect([...named].toSorted()).toEqual([...defined].toSorted());
  });
});
