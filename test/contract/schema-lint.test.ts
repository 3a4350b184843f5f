import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';

interface Output {
  write(text: string): boolean;
}
const require = createRequire(import.meta.url);
/** What the program of the package starts with; gives the exit status. */
const { runner } = require('graphql-schema-linter') as {
  runner: { run(stdout: Output, stdin: Readable, stderr: Output, argv: string[]): Promise<number> };
};

const schema = readFileSync(new URL('../../schema/schema.graphql', import.meta.url), 'utf8');

/** Rules, and for each a change to the schema that breaks it and no other. */
const RULES: [rule: string, what: string, right: string | RegExp, wrong: string][] = [
  ['relay-connection-types-spec', 'no edges', /(type AppConnection \{[^}]*?)\bedges:/, '$1ends:'],
  ['relay-connection-types-spec', 'no certain page info', '  pageInfo: PageInfo!', '  pageInfo: PageInfo'],
  ['relay-connection-types-spec', 'an input as a connection', /\bBlockFilter\b/g, 'FilterConnection'],
  ['relay-connection-arguments-spec', 'no cursors', /\b(after|before): String/g, '$1Cursor: String'],
  ['relay-connection-arguments-spec', 'a size that must be given', '    first: Int\n', '    first: Int!\n'],
  ['relay-page-info-spec', 'no certain next page', '  hasNextPage: Boolean!', '  hasNextPage: Boolean'],
  ['types-have-descriptions', 'a type', /"""[^"]*"""\ntype App /, 'type App '],
  ['fields-have-descriptions', 'a field', / {2}"""[^"]*"""\n {2}appId: ID!\n/, '  appId: ID!\n'],
  ['arguments-have-descriptions', 'an argument', / {4}"""[^"]*"""\n {4}first:/, '    first:'],
  [
    'input-object-values-have-descriptions',
    'a field',
    / {2}"""[^"]*"""\n {2}appName: StringFilter/,
    '  appName: StringFilter',
  ],
  ['enum-values-have-descriptions', 'a value', / {2}"""[^"]*"""\n {2}FAILED\n/, '  FAILED\n'],
];
const NAMES = [...new Set(RULES.map(([rule]) => rule))];

/** Runs the program; gives its exit status and the rules that a schema breaks. */
async function lint(text: string): Promise<{ status: number; broken: string[] }> {
  const output: string[] = [];
  const complaints: string[] = [];
  const to = (parts: string[]): Output => ({ write: (part) => parts.push(part) > 0 });
  const argv = ['node', 'graphql-schema-linter', '--rules', NAMES.join(), '--format', 'json', '--stdin'];
  const status = await runner.run(to(output), Readable.from([Buffer.from(text)]), to(complaints), argv);
  // The linter ignores a rule that it does not know, and only prints that here.
  expect(complaints).toEqual([]);
  const { errors } = JSON.parse(output.join('')) as { errors: { rule: string }[] };
  return { status, broken: [...new Set(errors.map(({ rule }) => rule))] };
}

describe('graphql-schema-linter', () => {
  it("finds nothing against Relay's rules, and nothing without a description", async () => {
    expect(await lint(schema)).toEqual({ status: 0, broken: [] });
  });

  it.each(RULES)('finds by %s: %s', async (rule, _what, right, wrong) => {
    const broken = schema.replace(right, wrong);
    expect(broken).not.toBe(schema);
    expect(await lint(broken)).toEqual({ status: 1, broken: [rule] });
  });
});
