import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compareSchemas } from '../check/compare-schemas.ts';

const SCHEMA = readFileSync(new URL('../../schema/schema.graphql', import.meta.url), 'utf8');
const CHANGELOG =
  '# Changelog\n\n## Unreleased\n\n* A change.\n\n## 0.1.0\n\n* Breaking: `Old.one` is gone.\n';

/** Compares the schema with itself after a replacement that must change it. */
function compareAfter(from: string | RegExp, to: string, changelog = CHANGELOG) {
  const current = SCHEMA.replace(from, to);
  expect(current).not.toBe(SCHEMA);
  return compareSchemas(SCHEMA, current, changelog);
}

/** A block string and the line after it, if that line matches. */
const described = (line: string) => new RegExp(`  """(?:(?!""")[^])*"""\\n  ${line}\\n`);

describe('a change of the released schema', () => {
  test('that is none has no problem', async () => {
    expect(await compareSchemas(SCHEMA, SCHEMA, CHANGELOG)).toEqual({
      announced: [],
      dangerous: [],
      problems: [],
    });
  });

  const breaking: [what: string, path: string, from: string | RegExp, to: string][] = [
    ['a removed field', 'AutomationRunStats.billableCount', described('billableCount: SafeInt!'), ''],
    ['a removed enum value', 'AutomationRunStatus.MUST_STOP', described('MUST_STOP'), ''],
    ['a retyped field', 'EventLog.headPosition', 'headPosition: SafeInt!', 'headPosition: String!'],
    ['a field that may be null', 'EventLog.startCursor', 'startCursor: String!', 'startCursor: String'],
    [
      'a required argument',
      'Subscription.eventStored.where',
      'where: EventFilter\n  ): EventStored!',
      'where: EventFilter!\n  ): EventStored!',
    ],
    [
      'a new required argument',
      'Query.eventLog.at',
      /^ {2}eventLog: EventLog/m,
      '  eventLog(at: Int!): EventLog',
    ],
    [
      'a new required input field',
      'EventFilter.must',
      'input EventFilter {',
      'input EventFilter {\n  must: Int!',
    ],
  ];
  test.each(breaking)(
    'that is %s fails, unless the changelog announces it',
    async (_what, path, from, to) => {
      const { problems, announced } = await compareAfter(from, to);
      expect(problems).toEqual([expect.stringContaining(`"* Breaking: \`${path}\` …"`)]);
      expect(announced).toEqual([]);
      const changelog = CHANGELOG.replace('* A change.', `* Breaking: \`${path}\` changed.`);
      const accepted = await compareAfter(from, to, changelog);
      expect(accepted.problems).toEqual([]);
      expect(accepted.announced).toEqual([expect.stringContaining(path)]);
    },
  );

  test('is announced by exactly its own path, in the unreleased part', async () => {
    const path = 'AutomationRunStats.billableCount';
    const line = `* Breaking: \`${path}\` is gone.`;
    for (const changelog of [
      CHANGELOG.replace('* Breaking: `Old.one` is gone.', line),
      CHANGELOG.replace('* A change.', '* Breaking: `AutomationRunStats` changed.'),
      CHANGELOG.replace('* A change.', `* ${path} is gone.`),
      '',
    ]) {
      const { problems } = await compareAfter(described('billableCount: SafeInt!'), '', changelog);
      expect(problems).toContainEqual(expect.stringContaining(`"* Breaking: \`${path}\` …"`));
    }
  });

  test('that is announced and not made fails', async () => {
    const changelog = CHANGELOG.replace('* A change.', '* Breaking: `EventLog.headCursor` is gone.');
    const { problems } = await compareSchemas(SCHEMA, SCHEMA, changelog);
    expect(problems).toEqual([
      'CHANGELOG.md announces a breaking change of EventLog.headCursor, which has none.',
    ]);
  });

  test('that is dangerous is reported and does not fail', async () => {
    const added = await compareAfter('enum AutomationRunStatus {', 'enum AutomationRunStatus {\n  PAUSED');
    expect(added).toMatchObject({ problems: [], dangerous: [expect.stringContaining('PAUSED')] });
    const other = await compareAfter('fill: Boolean = false', 'fill: Boolean = true');
    expect(other).toMatchObject({ problems: [], dangerous: [expect.stringContaining('fill')] });
  });

  test('that only adds has no problem', async () => {
    const { problems, dangerous } = await compareAfter(
      'type EventLog {',
      'type EventLog {\n  more(at: Int): Int',
    );
    expect({ problems, dangerous }).toEqual({ problems: [], dangerous: [] });
  });
});

describe('a deprecation', () => {
  const reasons: [reason: string, isGood: boolean][] = [
    ['Use headPosition. Deprecated 2026-11-28.', true],
    ['Use headPosition.', false],
    ['Deprecated 2026-11-28.', false],
    ['Use headPosition. Deprecated 2026-02-30.', false],
    ['Use headPosition. Deprecated 2026-13-01.', false],
    ['Use headPosition. Deprecated 28.11.2026.', false],
    ['No longer supported', false],
  ];
  const places: [place: string, path: string, from: string, to: string][] = [
    ['field', 'EventLog.headCursor', 'headCursor: String!', 'headCursor: String!'],
    ['field of an interface', 'Node.id', '  id: ID!\n}\n', '  id: ID!'],
    [
      'argument',
      'Subscription.eventStored.where',
      'where: EventFilter\n  ): EventStored!',
      'where: EventFilter',
    ],
    ['enum value', 'AutomationRunStatus.MUST_STOP', '\n  MUST_STOP\n', '\n  MUST_STOP'],
    ['input field', 'EventFilter.not', 'not: EventFilter\n', 'not: EventFilter'],
  ];
  test.each(places)('of a %s needs a reason and a date', async (_place, path, from, to) => {
    for (const [reason, isGood] of reasons) {
      const rest = from.startsWith(to) ? from.slice(to.length) : '';
      const { problems } = await compareAfter(from, `${to} @deprecated(reason: "${reason}")${rest}`);
      const expected = `${path}: a deprecation ends with "Deprecated YYYY-MM-DD." after its reason.`;
      expect([reason, problems]).toEqual([reason, isGood ? [] : [expected]]);
    }
  });
});
