import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseBackfillOptions } from '../../src/commands/backfill/backfill-options.ts';
import { parseConfig } from '../../src/config.ts';
import { REFUSALS } from '../../src/domain/refusal.ts';
import { asAdmin, createTestDatabase } from '../support/databases/databases.ts';
import {
  countBlocks,
  listCodeSpans,
  listFiles,
  listMarkedBlocks,
  listTableRows,
  readAll,
  readDocument,
} from '../support/documents.ts';
import { CommandProcess } from '../support/processes/command-process.ts';

const page = readDocument('OPERATIONS.md');
const blocks = listMarkedBlocks(page);
const faults = listTableRows(page, '## If something is wrong');
const alerts = readDocument('schema/operating/alerts.yml');
const root = new URL('../../', import.meta.url);

test('every block has a mark, by which a test runs it', () => {
  expect(blocks.length).toBe(countBlocks(page));
  expect(blocks.map(({ kind, name }) => `${kind} ${name}`.trim())).toEqual([
    'sql role and database',
    'conf',
    'sql durability',
    'sql autovacuum',
    'sh backup',
    'sh restore',
    'sh copy',
    'command backfill',
    'command migrate',
    'command rebuild',
    'command prune',
  ]);
});

describe('the table of failures', () => {
  test('has a row for each suite of test/faults, and only one', () => {
    const suites = listFiles('test/faults', '.test.ts').filter(
      (path) => !path.endsWith('check-history.test.ts'),
    );
    const named = faults.map((cells) => /\((test\/[^)]+)\)/.exec(cells[3] ?? '')?.[1]);
    expect(named.filter((path) => path?.startsWith('test/faults/')).toSorted()).toEqual(suites.toSorted());
  });

  test('has four cells in each row, and names tests that exist', () => {
    expect(faults.length).toBeGreaterThan(35);
    for (const cells of faults) {
      expect(cells, cells[0]).toHaveLength(4);
      const path = /^\[[a-z-]+\]\((test\/.+\.test\.ts)\)$/.exec(cells[3] ?? '')?.[1] ?? '';
      expect(existsSync(new URL(path, root)), cells[3]).toBe(true);
    }
  });

  test('has one row for each alert, which links to it', () => {
    const names = [...alerts.matchAll(/- alert: (\w+)\n[\s\S]*?runbook: "(.*)"/g)];
    expect(names).toHaveLength(alerts.match(/- alert: /g)?.length ?? 0);
    for (const [, name = '', link] of names) {
      const anchor = name.toLowerCase();
      expect(link).toBe(`OPERATIONS.md#${anchor}`);
      const rows = faults.filter(([seen = '']) => seen.includes(`Alert \`${name}\``));
      expect(rows.map(([seen = '']) => seen.startsWith(`<a id="${anchor}"></a>`))).toEqual([true]);
    }
  });
});

describe('what the page names exists', () => {
  const source = `${readAll('src')}\n${readAll('schema/ingest-client')}`;
  const readme = readDocument('README.md');
  const spans = listCodeSpans(page);

  test('log messages', () => {
    const messages = [...page.matchAll(/[Ll]og(?: of the start says)?:?\s+`([^`]+)`/g)].map(
      ([, text = '']) => text,
    );
    expect(messages.length).toBeGreaterThan(8);
    expect(messages.filter((text) => !source.includes(text))).toEqual([]);
  });

  test('metrics', () => {
    const names = spans.filter((span) => /^(?:qeg|nodejs)_/.test(span));
    expect(names.length).toBeGreaterThan(8);
    const known = `${source}${readDocument('schema/operating/alerts.yml')}`;
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
  });

  test('codes, outcomes and settings', () => {
    const names = spans
      .map((span) => /^([A-Z][A-Z_]+[A-Z])(?:[= ].*)?$/.exec(span)?.[1])
      .filter((name) => name !== undefined);
    expect(new Set(names).size).toBeGreaterThan(15);
    // Variables of the shell, and a word of PostgreSQL.
    const others = ['RESTORED_URL'];
    const isKnown = (name: string) =>
      name in REFUSALS || readme.includes(`\`${name}\``) || others.includes(name);
    expect(names.filter((name) => !isKnown(name))).toEqual([]);
  });

  test('files', () => {
    const paths = [
      ...spans.filter((span) => /^(?:src|test|schema|drizzle)\//.test(span)),
      ...[...page.matchAll(/\]\(([A-Za-z][^):#]*)/g)].map(([, path = '']) => path),
    ];
    expect(paths.length).toBeGreaterThan(40);
    expect(paths.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
  });

  test('links to places of this page and of the README', () => {
    const toAnchor = (line: string) =>
      line
        .replace(/^#+ /, '')
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-');
    const anchorsOf = (text: string) => [
      ...[...text.matchAll(/^#+ .*$/gm)].map(([line]) => toAnchor(line)),
      ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id),
    ];
    const links = [...page.matchAll(/\]\((README\.md)?#([^)]+)\)/g)];
    expect(links.length).toBeGreaterThan(10);
    for (const [link, other, anchor] of links)
      expect(anchorsOf(other === undefined ? page : readme), link).toContain(anchor);
  });

  test('defaults of settings', () => {
    const config = parseConfig({});
    expect(page).toContain(`\`MAX_SUBSCRIPTIONS\` (${config.maxSubscriptions})`);
    expect(page).toContain(`\`MAX_CONNECTIONS\` (${config.maxConnections})`);
    expect(page).toContain(`\`MAX_QUEUE_BYTES\` (${config.maxQueueBytes / 1024 / 1024} MiB)`);
  });

  test('figures, in the section of RESULTS.md that the row names', () => {
    const results = readDocument('test/bench/RESULTS.md');
    const rows = listTableRows(page, '## Sizing');
    expect(rows.length).toBeGreaterThan(10);
    for (const [what, figures = '', section] of rows) {
      const [, after = ''] = results.split(`\n## ${section}\n`);
      const [text = ''] = after.split('\n## ');
      const numbers = figures.match(/\d+(?:\.\d+)?/g) ?? [];
      expect(numbers.length, what).toBeGreaterThan(0);
      for (const number of numbers)
        expect(
          text.match(new RegExp(`(?<![\\d.])${number}(?![\\d.]*\\d)`)),
          `${what}: ${number}`,
        ).not.toBeNull();
    }
  });
});

test('migrations since the merge of reloads only add, so an old server works on the newer tables', () => {
  const migrations = listFiles('drizzle', '.sql').filter((path) => path > 'drizzle/0005');
  expect(migrations.length).toBeGreaterThan(3);
  for (const path of migrations) {
    const text = readDocument(path);
    expect(text, path).not.toMatch(/DROP (?:TABLE|COLUMN)|RENAME|SET (?:NOT NULL|DATA TYPE)/i);
    for (const line of text.match(/ADD COLUMN .*NOT NULL.*/gi) ?? []) expect(line, path).toContain('DEFAULT');
  }
});

describe('the commands', () => {
  const argumentsOf = (name: string) => {
    const block = blocks.find(({ kind, name: each }) => kind === 'command' && each === name);
    const [, command, rest = ''] = /^npm run (\w+)(?: -- (.*))?$/.exec(block?.text.trim() ?? '') ?? [];
    expect(command).toBe(name);
    return rest.split(' ').filter((word) => word !== '');
  };

  test.each(['migrate', 'rebuild', 'prune'])('%s ends with 0', async (name) => {
    const database = await createTestDatabase('postgres');
    const command = new CommandProcess(name, argumentsOf(name), { DATABASE_URL: database.databaseUrl });
    expect(await command.result()).toMatchObject({ status: 0 });
    await database.drop();
  });

  test('backfill is a command line that the program understands', () => {
    const environment = { QLIK_TENANT_URL: 'https://my-tenant.eu.qlikcloud.com', QLIK_API_KEY: 'key' };
    expect(parseBackfillOptions(argumentsOf('backfill'), environment)).toMatchObject({
      range: { from: '2026-11-27' },
      restarts: true,
    });
  });
});

interface PostgresSetting {
  name: string;
  vartype: string;
  unit: string | null;
  enumvals: string | null;
}

describe('the settings of PostgreSQL', () => {
  test('of postgresql.conf exist and have values of their kind', async () => {
    const text = blocks.find(({ kind }) => kind === 'conf')?.text ?? '';
    const lines = [...text.matchAll(/^(\w+) = (\S+)/gm)].map(([, name = '', value = '']) => ({
      name,
      value,
    }));
    expect(lines).toHaveLength(text.trim().split('\n').length);
    const known = await asAdmin(
      (sql) => sql<PostgresSetting[]>`select name, vartype, unit, enumvals from pg_settings`,
    );
    for (const { name, value } of lines) {
      const setting = known.find((each) => each.name === name);
      const isValid = {
        bool: /^(?:on|off)$/.test(value),
        integer: (setting?.unit ? /^\d+(?:MB|GB)$/ : /^\d+$/).test(value),
        enum: setting?.enumvals?.includes(value),
      }[setting?.vartype ?? ''];
      expect(isValid, `${name} = ${value}`).toBe(true);
    }
    const promised = lines.find(({ name }) => name === 'max_connections');
    expect(Number(promised?.value)).toBe(4 * 15 + 10);
  });
});
