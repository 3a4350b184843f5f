import { type SQL, sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '../../src/store/database/database.ts';
import { openDatabase } from '../../src/store/database/open-database.ts';
import { compileFilter } from '../../src/store/read/filters/filter.ts';
import { toOrder } from '../../src/store/read/pages/order.ts';
import { byInteger } from '../../src/store/read/pages/terms.ts';
import { readStats } from '../../src/store/read/statistics/stats.ts';
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

  const count = (groupBy: string[], wanted: string[], aggregates: Record<string, SQL> = {}) => {
    const subject = {
      ...{ table: automationRuns, ofTenant: sql`true`, where: undefined, time: sql`now()` },
      ...{ groupings: { KNOWN: sql`1` }, aggregates },
    };
    const request = { groupBy, interval: undefined, timeZone: 'UTC', first: undefined, wanted };
    return readStats(database, subject, request);
  };

  it('are refused as groupings and not known ones', async () => {
    await expect(count(['KNOWN'], [])).resolves.toEqual([]);
    await expect(count(['OTHER'], [])).rejects.toThrow('There is no grouping OTHER.');
  });
});

it('an order by an unknown field throws', () => {
  const term = byInteger<{ number: number }>(sql`number`, 'number');
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
  }
});
