import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { describeOnEachDatabase } from '../support/databases/databases.ts';
import { takeTurns } from '../support/databases/take-turns.ts';
import { toDose } from '../support/run/dose.ts';
import type { TestService } from '../support/services/service.ts';
import { filterOf } from './oracle/arbitraries.ts';
import { INTERVALS } from './oracle/clock-oracle.ts';
import { type Filter, matches, type Row } from './oracle/oracle.ts';
import { type StatsAnswer, type StatsOf, type StatsQuestion, toAnswers } from './oracle/stats-oracle.ts';
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

const MINUTE_MS = 60_000;
/** About as long as twenty buckets. */
const LENGTHS_MS = {
  MINUTE: 20 * MINUTE_MS,
  HOUR: 20 * 60 * MINUTE_MS,
  DAY: 20 * 1440 * MINUTE_MS,
  WEEK: 140 * 1440 * MINUTE_MS,
  MONTH: 600 * 1440 * MINUTE_MS,
};

/** A range around the time of a row. */
function rangeOf(of: StatsOf, rows: readonly Row[]): fc.Arbitrary<[string, number, number]> {
  const times = [...new Set(rows.map((row) => String(row.values[of.time])))];
  const part = fc.double({ min: 0, max: 1, noNaN: true });
  return fc.tuple(fc.constantFrom(...times), part, part);
}

function questionOf(of: StatsOf, subject: Subject, rows: readonly Row[]): fc.Arbitrary<Question> {
  const names = Object.keys(of.groupings);
  const orders = ['BUCKET_START', 'COUNT', ...Object.keys(of.orders)];
  const order = fc.record({
    field: fc.constantFrom(...orders),
    direction: fc.constantFrom<('ASC' | 'DESC')[]>('ASC', 'DESC'),
  });
  return fc
    .record({
      groupBy: fc.shuffledSubarray(names, { maxLength: Math.min(3, names.length) }),
      interval: fc.constantFrom(...INTERVALS, undefined),
      timeZone: fc.constantFrom(...ZONES),
      first: fc.oneof(fc.constantFrom(1, 3, 10), fc.constant(10_000)),
      orderBy: fc.uniqueArray(order, { maxLength: 3, selector: ({ field }) => field }),
      fill: fc.boolean(),
      place: rangeOf(of, rows),
      where: fc.oneof(fc.constantFrom(null, undefined, {}), filterOf(subject, rows, 3)),
    })
    .map(({ place: [time, before, after], fill, ...question }) => {
      const { interval } = question;
      if (interval === undefined || !fill) return { ...question, fill: false, range: undefined };
      const toTime = (ms: number) => new Date(Math.round(Date.parse(time) + ms)).toISOString();
      const length = LENGTHS_MS[interval];
      const range = { gte: toTime(-before * length), lt: toTime(after * length) };
      return { ...question, fill, range };
    });
}

/**
 * The filter of a question, within its range. It is inside `or`, because times of its own would
 * narrow the range to fill, and the oracle fills the whole range.
 */
function toWhere(of: StatsOf, { where, range }: Question): Filter | null | undefined {
  if (range === undefined) return where;
  const within = of.timeFilter.reduceRight<object>((below, name) => ({ [name]: below }), range);
  return { and: [{ or: [where ?? {}] }, within] };
}

/** The arguments of several questions, as variables. */
function toArguments(of: StatsOf, questions: readonly Question[]) {
  const variables: Record<string, unknown> = {};
  const declared: string[] = [];
  const args = questions.map((question, n) => {
    const { groupBy, interval, timeZone, first, orderBy, fill } = question;
    Object.assign(variables, { [`g${n}`]: groupBy, [`i${n}`]: interval, [`z${n}`]: timeZone });
    Object.assign(variables, { [`f${n}`]: first, [`w${n}`]: toWhere(of, question) });
    Object.assign(variables, { [`o${n}`]: orderBy, [`e${n}`]: fill });
    declared.push(`$g${n}: [${of.groupingType}!], $i${n}: TimeInterval, $z${n}: String, $f${n}: Int`);
    declared.push(`$w${n}: ${of.filterType}, $o${n}: [${of.orderType}!], $e${n}: Boolean`);
    return `(groupBy: $g${n}, interval: $i${n}, timeZone: $z${n}, first: $f${n}, where: $w${n}, orderBy: $o${n}, fill: $e${n})`;
  });
  return { variables, declared: declared.join(', '), args };
}

/** Compares the rows and their order with the oracle's. */
function compareRows(of: StatsOf, question: Question, answer: readonly StatsAnswer[], rows: readonly Row[]) {
  expect({ question, rows: answer.map(toClose) }).toEqual({
    question,
    rows: toAnswers(rows, of, question).map(toClose),
  });
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

  for (const [place, { of, subject, rows }] of STATISTICS.entries()) {
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
            const matching = rows(world).filter((row) => matches(row, toWhere(of, question), subject));
            compareRows(of, question, data[`q${n}`], matching);
          }
        });
        await fc.assert(property, { numRuns: toDose({ short: 2, full: 8 }), endOnFailure: true });
      });

      test('every order alone, both ways and cut, is the order of the oracle', async () => {
        const [grouping = ''] = Object.keys(of.groupings);
        const fields = ['BUCKET_START', 'COUNT', ...Object.keys(of.orders)];
        const questions = fields.flatMap((field, index) =>
          takeTurns(kind, ['ASC', 'DESC', undefined] as const, index).map((direction): Question => {
            const orderBy = [direction === undefined ? { field } : { field, direction }];
            const first = (index >> 1) % 2 === 0 ? 10_000 : 2;
            return {
              ...{ where: undefined, first, timeZone: 'UTC', interval: 'WEEK', groupBy: [grouping] },
              ...{ orderBy, fill: false, range: undefined },
            };
          }),
        );
        for (let start = 0; start < questions.length; start += 15) {
          const some = questions.slice(start, start + 15);
          const { variables, declared, args } = toArguments(of, some);
          const selected = args.map((text, n) => `q${n}: ${of.field}${text} ${toStatsSelection(of)}`);
          const data = await client.data(`query (${declared}) { ${selected.join('\n')} }`, variables);
          for (const [n, question] of some.entries()) compareRows(of, question, data[`q${n}`], rows(world));
        }
      });

      test('every grouping and interval alone, in every zone', async () => {
        const base: Question = {
          ...{ where: undefined, first: 10_000, timeZone: 'UTC', interval: undefined, groupBy: [] },
          ...{ orderBy: [], fill: false, range: undefined },
        };
        const questions: Question[] = [
          ...Object.keys(of.groupings).map((name) => ({ ...base, groupBy: [name] })),
          ...ZONES.flatMap((timeZone, index) =>
            takeTurns(kind, INTERVALS, index + place).map((interval) => ({ ...base, timeZone, interval })),
          ),
        ];
        for (let start = 0; start < questions.length; start += 12) {
          const some = questions.slice(start, start + 12);
          const { variables, declared, args } = toArguments(of, some);
          const keys = Object.values(of.groupings).map(({ field }) => field);
          const fields = args.map(
            (text, n) => `q${n}: ${of.field}${text} { bucketStart count ${keys.join(' ')} }`,
          );
          const data = await client.data(`query (${declared}) { ${fields.join('\n')} }`, variables);
          const bare: StatsOf = { ...of, counts: {}, sums: {}, others: {}, durations: {} };
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
          (run) =>
            run.values.automationId === automationId && matches(run, toWhere(RUN_STATS, question), RUNS),
        );
        compareRows(RUN_STATS, question, runStats, own);
        if (automationId === 'automation-2') expect(data.automation.runStats).toEqual(runStats);
      }
    });
    await fc.assert(property, { numRuns: toDose({ short: 2, full: 10 }), endOnFailure: true });
  });
});
