import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { describeOnEachDatabase } from '../support/databases/databases.ts';
import { toDose } from '../support/run/dose.ts';
import type { TestService } from '../support/services/service.ts';
import { filterOf } from './oracle/arbitraries.ts';
import { INTERVALS } from './oracle/clock-oracle.ts';
import { type Filter, matches, type Row } from './oracle/oracle.ts';
import { type StatsOf, type StatsQuestion, toExpected, toGroups } from './oracle/stats-oracle.ts';
import { BLOCK_STATS, RELOAD_STATS, RUN_STATS, toStatsSelection } from './oracle/stats-subjects.ts';
import { BLOCKS, RELOADS, RUNS, type Subject } from './oracle/subjects.ts';
import { startReadingService, type World } from './oracle/world.ts';

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Havana',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Chatham',
];

interface Question extends StatsQuestion {
  where: Filter | null | undefined;
}

const STATISTICS: { of: StatsOf; subject: Subject; rows: (world: World) => Row[] }[] = [
  { of: RUN_STATS, subject: RUNS, rows: (world) => world.runs },
  { of: BLOCK_STATS, subject: BLOCKS, rows: (world) => world.blocks },
  { of: RELOAD_STATS, subject: RELOADS, rows: (world) => world.reloads },
];

function questionOf(of: StatsOf, subject: Subject, rows: readonly Row[]): fc.Arbitrary<Question> {
  const names = Object.keys(of.groupings);
  return fc.record({
    groupBy: fc.shuffledSubarray(names, { maxLength: Math.min(3, names.length) }),
    interval: fc.constantFrom(...INTERVALS, undefined),
    timeZone: fc.constantFrom(...ZONES),
    first: fc.oneof(fc.constantFrom(1, 3, 10), fc.constant(10_000)),
    where: fc.oneof(fc.constantFrom(null, undefined, {}), filterOf(subject, rows, 3)),
  });
}

/** The arguments of several questions, as variables. */
function toArguments(of: StatsOf, questions: readonly Question[]) {
  const variables: Record<string, unknown> = {};
  const declared: string[] = [];
  const args = questions.map(({ groupBy, interval, timeZone, first, where }, n) => {
    Object.assign(variables, { [`g${n}`]: groupBy, [`i${n}`]: interval, [`z${n}`]: timeZone });
    Object.assign(variables, { [`f${n}`]: first, [`w${n}`]: where });
    declared.push(`$g${n}: [${of.groupingType}!], $i${n}: TimeInterval, $z${n}: String, $f${n}: Int`);
    declared.push(`$w${n}: ${of.filterType}`);
    return `(groupBy: $g${n}, interval: $i${n}, timeZone: $z${n}, first: $f${n}, where: $w${n})`;
  });
  return { variables, declared: declared.join(', '), args };
}

type StatsAnswer = Record<string, unknown> & { bucketStart: string | null; count: number };

/**
 * Rows of one bucket and size may come in any order; of those that `first` cuts off any may be
 * missing.
 */
function compareRows(of: StatsOf, question: Question, answer: readonly StatsAnswer[], rows: readonly Row[]) {
  const groups = toGroups(rows, of, question);
  const expected = groups.slice(0, question.first).map((group) => [group.bucketStart, group.rows.length]);
  expect({ question, rows: answer.map((row) => [row.bucketStart, row.count]) }).toEqual({
    question,
    rows: expected,
  });
  const keyOf = (row: Record<string, unknown>) =>
    JSON.stringify([row.bucketStart, ...Object.values(of.groupings).map(({ field }) => row[field])]);
  const byKey = new Map(
    groups.map((group) => toExpected(group, of, question)).map((row) => [keyOf(row), row]),
  );
  expect(new Set(answer.map(keyOf)).size).toBe(answer.length);
  for (const row of answer)
    expect({ question, row: toClose(row) }).toEqual({ question, row: toClose(byKey.get(keyOf(row))) });
}

/** Means and percentiles to twelve digits, as fractions may be added up in another order. */
function toClose(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number(value.toPrecision(12));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, toClose(member)]));
}

describeOnEachDatabase('statistics', (kind) => {
  let service: TestService;
  let client: GraphqlClient;
  let world: World;
  beforeAll(async () => {
    ({ service, client, world } = await startReadingService(kind));
  });
  afterAll(() => service.close());

  for (const { of, subject, rows } of STATISTICS) {
    describe(of.field, () => {
      test('random groups, buckets and filters are counted and measured as the oracle does', async () => {
        const questions = fc.array(questionOf(of, subject, rows(world)), { minLength: 8, maxLength: 8 });
        const property = fc.asyncProperty(questions, async (asked) => {
          const { variables, declared, args } = toArguments(of, asked);
          const fields = args.map((text, n) => `q${n}: ${of.field}${text} { ...All }`);
          const typeName = `${of.field[0]?.toUpperCase()}${of.field.slice(1)}`;
          const data = await client.data(
            `query (${declared}) { ${fields.join('\n')} } fragment All on ${typeName} ${toStatsSelection(of)}`,
            variables,
          );
          for (const [n, question] of asked.entries()) {
            const matching = rows(world).filter((row) => matches(row, question.where, subject));
            compareRows(of, question, data[`q${n}`], matching);
          }
        });
        await fc.assert(property, { numRuns: toDose({ short: 3, full: 8 }), endOnFailure: true });
      });

      test('every grouping and interval alone, in every zone', async () => {
        const base = { where: undefined, first: 10_000, timeZone: 'UTC', interval: undefined, groupBy: [] };
        const questions: Question[] = [
          ...Object.keys(of.groupings).map((name) => ({ ...base, groupBy: [name] })),
          ...ZONES.flatMap((timeZone) => INTERVALS.map((interval) => ({ ...base, timeZone, interval }))),
        ];
        for (let start = 0; start < questions.length; start += 12) {
          const some = questions.slice(start, start + 12);
          const { variables, declared, args } = toArguments(of, some);
          const keys = Object.values(of.groupings).map(({ field }) => field);
          const fields = args.map(
            (text, n) => `q${n}: ${of.field}${text} { bucketStart count ${keys.join(' ')} }`,
          );
          const data = await client.data(`query (${declared}) { ${fields.join('\n')} }`, variables);
          const bare = { ...of, counts: {}, sums: {}, others: {}, durations: {} };
          for (const [n, question] of some.entries()) compareRows(bare, question, data[`q${n}`], rows(world));
        }
      });
    });
  }

  test('Automation.runStats of several automations says of each what it says of one', async () => {
    const selection = toStatsSelection(RUN_STATS);
    const property = fc.asyncProperty(questionOf(RUN_STATS, RUNS, world.runs), async (question) => {
      const { variables, declared, args } = toArguments(RUN_STATS, [question]);
      const data = await client.data(
        `query (${declared}) { automations { nodes { automationId runStats${args[0]} ${selection} } }
          automation(automationId: "automation-2") { runStats${args[0]} ${selection} } }`,
        variables,
      );
      for (const { automationId, runStats } of data.automations.nodes) {
        const own = world.runs.filter(
          (run) => run.values.automationId === automationId && matches(run, question.where, RUNS),
        );
        compareRows(RUN_STATS, question, runStats, own);
        if (automationId === 'automation-2') expect(data.automation.runStats).toEqual(runStats);
      }
    });
    await fc.assert(property, { numRuns: toDose({ short: 4, full: 10 }), endOnFailure: true });
  });
});
