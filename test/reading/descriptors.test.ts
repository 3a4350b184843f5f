import type { SQL } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { fromColumn, fromColumns } from '../../src/graphql/runs/run-columns.ts';
import type { RunWith } from '../../src/store/read/automation-runs.ts';
import {
  type Aggregate,
  countOf,
  DURATION_FIELDS,
  durationsOf,
  listStatsOrders,
  sumOf,
} from '../../src/store/read/subjects/aggregates.ts';
import { APP_RELOADS } from '../../src/store/read/subjects/app-reloads.ts';
import { APPS as APP_FIELDS } from '../../src/store/read/subjects/apps.ts';
import { AUTOMATIONS as AUTOMATION_FIELDS } from '../../src/store/read/subjects/automations.ts';
import { BLOCKS as BLOCK_FIELDS } from '../../src/store/read/subjects/blocks.ts';
import { EVENTS as EVENT_FIELDS } from '../../src/store/read/subjects/events.ts';
import { RUNS as RUN_FIELDS } from '../../src/store/read/subjects/runs.ts';
import { type Subject as Descriptor, listFieldsWith } from '../../src/store/read/subjects/subject.ts';
import type { StatsOf } from './oracle/stats-oracle.ts';
import { BLOCK_STATS, RELOAD_STATS, RUN_STATS } from './oracle/stats-subjects.ts';
import { APPS, AUTOMATIONS, BLOCKS, EVENTS, RELOADS, RUNS, type Subject } from './oracle/subjects.ts';

const SUBJECTS: [name: string, Descriptor, Subject][] = [
  ['runs', RUN_FIELDS, RUNS],
  ['blocks', BLOCK_FIELDS, BLOCKS],
  ['automations', AUTOMATION_FIELDS, AUTOMATIONS],
  ['apps', APP_FIELDS, APPS],
  ['reloads', APP_RELOADS, RELOADS],
  ['events', EVENT_FIELDS, EVENTS],
];

const STATS: [name: string, Descriptor, StatsOf][] = [
  ['runs', RUN_FIELDS, RUN_STATS],
  ['blocks', BLOCK_FIELDS, BLOCK_STATS],
  ['reloads', APP_RELOADS, RELOAD_STATS],
];

describe('the model that filters, orders and statistics are compared with', () => {
  it.each(SUBJECTS)('knows every filter of %s, and no other', (_, descriptor, model) => {
    const fields = listFieldsWith(descriptor, 'filter').map(([name, { kind }]) => [name, kind]);
    expect(Object.fromEntries(fields)).toEqual(model.fields);
    expect(Object.keys(descriptor.relations ?? {})).toEqual(model.relation ? [model.relation.name] : []);
    expect(`${descriptor.name}Filter`).toBe(model.filterType);
  });

  it.each(SUBJECTS)('knows every order of %s, and no other', (_, descriptor, model) => {
    const orders = listFieldsWith(descriptor, 'order').map(([name, , [order]]) => [order, name]);
    expect(Object.fromEntries(orders)).toEqual(model.orders);
    expect(descriptor.fallback).toEqual(model.fallback);
    expect(`${descriptor.name}Order`).toBe(model.orderType);
  });

  it.each(STATS)(
    'knows every grouping, aggregate and order of the statistics of %s, and no other',
    (_, descriptor, model) => {
      const groupings = listFieldsWith(descriptor, 'grouping').map(([name, , [grouping]]) => [
        grouping,
        { value: name, field: name },
      ]);
      expect(Object.fromEntries(groupings)).toEqual(model.groupings);
      const { counts, sums, others, durations } = model;
      const names = [counts, sums, others, durations].flatMap((aggregates) => Object.keys(aggregates));
      const { aggregates = {}, timeFilter } = descriptor.statistics ?? {};
      expect(Object.keys(aggregates).sort()).toEqual(names.sort());
      const orders = listStatsOrders(aggregates).map(({ name, field }) => [name, field]);
      expect(Object.fromEntries(orders)).toEqual(model.orders);
      expect(`${descriptor.name}StatsOrder`).toBe(model.orderType);
      expect(timeFilter).toEqual(model.timeFilter);
    },
  );

  it('knows every number of a distribution', () => {
    const numbers = ['count', 'sum', 'min', 'avg', 'p50', 'p90', 'p95', 'p99', 'max'];
    expect(Object.keys(DURATION_FIELDS)).toEqual(numbers);
  });
});

describe('an aggregate', () => {
  it('states by what rows are ordered, or the code does not compile', () => {
    // Never called: the compiler checks that each marked line is an error.
    const declareWithoutOrder = (column: SQL): Aggregate[] => [
      // @ts-expect-error a count states its order
      countOf(column, 'The number of runs.'),
      // @ts-expect-error a sum states its order
      sumOf(column, 'The sum.'),
      // @ts-expect-error a distribution states its orders
      durationsOf(column, 'The durations.'),
      // @ts-expect-error there is no such number of a distribution
      durationsOf(column, { DURATION_P42: 'p42' }, 'The durations.'),
      // @ts-expect-error any other aggregate states its order
      { kind: 'number', value: column, description: 'The largest.' },
      sumOf(column, undefined, 'A sum that rows are not ordered by.'),
    ];
    expect(declareWithoutOrder).toBeTypeOf('function');
  });
});

describe('a run of which some columns were read', () => {
  it('has no other column, or the code does not compile', () => {
    // Never called: the compiler checks that each marked line is an error.
    const readOtherColumns = (run: RunWith, titled: RunWith<'title'>) => {
      const read = [run.runId, run.occurredAt, titled.title];
      // @ts-expect-error the title was not read
      read.push(run.title);
      // @ts-expect-error the status was not read
      read.push(titled.status);
      fromColumns(['rxBytes'], ({ rxBytes }) => rxBytes);
      // @ts-expect-error the field states one column and reads another
      fromColumns(['rxBytes'], ({ txBytes }) => txBytes);
      // @ts-expect-error there is no such column
      fromColumn('bytes');
      return read;
    };
    expect(readOtherColumns).toBeTypeOf('function');
  });
});
