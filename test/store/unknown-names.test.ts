import { type SQL, sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/store/database/database.ts';
import { openDatabase } from '../../src/store/database/open-database.ts';
import { compileFilter } from '../../src/store/read/filters/filter.ts';
import { toOrder } from '../../src/store/read/pages/order.ts';
import { byColumn, toOrdering } from '../../src/store/read/pages/terms.ts';
import { readStats } from '../../src/store/read/statistics/stats.ts';
import { defineSubject } from '../../src/store/read/subjects/subject.ts';
import { automationRuns } from '../../src/store/tables/projection-tables.ts';
import {
  createTestDatabase,
  describeOnEachDatabase,
  type TestDatabase,
} from '../support/databases/databases.ts';

describeOnEachDatabase('names that the store does not know', (kind) => {
  let testDatabase: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    testDatabase = await createTestDatabase(kind);
    database = await openDatabase(testDatabase);
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
    await testDatabase.drop();
  });

  const count = (
    groupBy: string[],
    wanted: string[],
    aggregates: Record<string, SQL> = {},
    orderBy: { field: string; direction: 'ASC' }[] = [],
  ) => {
    const subject = {
      ...{
        database: database.forTenant('tenant'),
        table: automationRuns,
        where: undefined,
        time: sql`now()`,
      },
      ...{
        groupings: { KNOWN: sql`1` },
        aggregates,
        orders: {},
        zeroIfEmpty: new Set<string>(),
        range: undefined,
        timeFilter: 'time',
      },
    };
    const request = {
      ...{ groupBy, interval: undefined, timeZone: 'UTC', first: undefined, wanted },
      ...{ orderBy, fill: false },
    };
    return readStats(subject, request);
  };

  it('are refused as groupings and not known ones', async () => {
    await expect(count(['KNOWN'], [])).resolves.toEqual([]);
    await expect(count(['OTHER'], [])).rejects.toThrow('There is no grouping OTHER.');
  });

  it('are refused as orders and not left out', async () => {
    const orderBy = (field: string) => [{ field, direction: 'ASC' as const }];
    await expect(count([], [], {}, orderBy('COUNT'))).resolves.toHaveLength(1);
    await expect(count([], [], {}, orderBy('OTHER'))).rejects.toThrow('There is no order by OTHER.');
  });

  it('are refused as aggregates and not left out', async () => {
    const aggregates = { known: sql`max(duration_ms)` };
    const [row] = await count([], ['known'], aggregates);
    expect(row?.aggregates).toEqual({ known: null });
    await expect(count([], ['other'], aggregates)).rejects.toThrow('There is no aggregate other.');
    await expect(count([], ['known', 'other'], aggregates)).rejects.toThrow('There is no aggregate other.');
  });
});

it('an order by an unknown field throws', () => {
  const term = byColumn<{ durationMs: number }>(automationRuns, 'durationMs');
  const ordering = {
    ...{ fields: { KNOWN: term }, key: [] },
    fallback: { field: 'KNOWN', direction: 'ASC' as const },
  };
  expect(toOrder(ordering, []).terms).toHaveLength(1);
  expect(() => toOrder(ordering, [{ field: 'OTHER', direction: 'ASC' }])).toThrow(
    'There is no order by OTHER.',
  );
});

it('an unknown operator throws, on every kind of column', () => {
  const subject = {
    number: { kind: 'integer', column: sql`number` },
    time: { kind: 'instant', column: sql`time` },
    id: { kind: 'id', column: sql`id` },
  } as const;
  for (const field of Object.keys(subject)) {
    expect(() => compileFilter({ [field]: { near: 1 } }, subject)).toThrow('There is no operator near.');
    expect(() => compileFilter({ [field]: { gt: 1 } }, subject)).not.toThrow();
    for (const operator of ['contains', 'startsWith']) {
      const filter = { [field]: { [operator]: 'x' } };
      expect(() => compileFilter(filter, subject)).toThrow(`There is no operator ${operator}.`);
    }
  }
});

describe('a descriptor', () => {
  const subject = {
    ...{ name: 'Run', plural: 'runs', table: automationRuns, key: ['runId'] as const },
    fallback: { field: 'DURATION', direction: 'ASC' as const },
  };

  it('names columns of its table with values of the kind of the field, or the code does not compile', () => {
    // Never called: the compiler checks that each marked line is an error.
    const declareWrongFields = () => {
      defineSubject({ ...subject, fields: { durationMs: { kind: 'integer' } } });
      defineSubject({ ...subject, fields: { howLong: { kind: 'integer', column: 'durationMs' } } });
      // @ts-expect-error there is no such column
      defineSubject({ ...subject, fields: { howLong: { kind: 'integer' } } });
      // @ts-expect-error there is no such column either
      defineSubject({ ...subject, fields: { durationMs: { kind: 'integer', column: 'duration' } } });
      // @ts-expect-error a title is no number
      defineSubject({ ...subject, fields: { title: { kind: 'integer' } } });
      // @ts-expect-error a text has a column with the folded text
      defineSubject({ ...subject, fields: { title: { kind: 'text' } } });
      // @ts-expect-error a word has an enum
      defineSubject({ ...subject, fields: { status: { kind: 'word' } } });
      // @ts-expect-error the enum is one of the schema
      defineSubject({ ...subject, fields: { status: { kind: 'word', enum: 'Status' } } });
      // @ts-expect-error the key is a column
      defineSubject({ ...subject, key: ['id'], fields: {} });
    };
    expect(declareWrongFields).toBeTypeOf('function');
  });

  it('orders by columns alone, because an index serves no other order', () => {
    const column = sql`duration_ms / 2`;
    const wrong = defineSubject({
      ...subject,
      fields: { half: { kind: 'integer', column, order: ['HALF', 'half of the time'] } },
    });
    expect(() => toOrdering(wrong)).toThrow('HALF is no order by a column.');
  });
});
