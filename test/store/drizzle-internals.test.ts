import { sql } from 'drizzle-orm';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database, Queries } from '../../src/store/database/database.ts';
import {
  fieldsOf,
  sendForObjects,
  sendForValues,
  toQuery,
  toText,
} from '../../src/store/database/drizzle-internals.ts';
import { openDatabase } from '../../src/store/database/open-database.ts';
import { builtOnce, run, runFixed } from '../../src/store/database/statements.ts';
import {
  createTestDatabase,
  describeOnEachDatabase,
  type TestDatabase,
} from '../support/databases/databases.ts';

const letters = pgTable('letters', { number: integer('letter_number'), name: text('letter_name') });

describeOnEachDatabase('what the service uses of Drizzle without documentation', (kind) => {
  let location: TestDatabase;
  let database: Database;
  beforeAll(async () => {
    location = await createTestDatabase(kind);
    database = await openDatabase(location);
    await database.acrossTenants.write((transaction) =>
      run(
        transaction,
        sql`create table letters as select * from (values (1, 'a'), (2, 'b')) as l(letter_number, letter_name)`,
      ),
    );
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
    await location.drop();
  });

  /**
   * How many statements of the connection are prepared with this text. PGlite's driver prepares
   * none.
   */
  const countPrepared = async (transaction: Queries, statement: string) => {
    const rows = await run(
      transaction,
      sql`select count(*)::int as prepared from pg_prepared_statements where statement = ${statement}`,
    );
    return rows[0]?.prepared;
  };
  const prepares = kind !== 'pglite' ? 1 : 0;

  test('a statement is text with numbered parameters, and its placeholders are filled in later', async () => {
    const query = toQuery(
      sql`select ${letters.name} from ${letters} where ${letters.number} = ${sql.placeholder('number')}`,
    );
    expect(query.sql).toBe(
      'select "letters"."letter_name" from "letters" where "letters"."letter_number" = $1',
    );
    const rows = await database.acrossTenants.read((queries) =>
      sendForValues(queries, query, undefined, ([name]) => name, { number: 2 }),
    );
    expect(rows).toEqual(['b']);
  });

  test('a column, a table and an expression have a text, unless they have parameters', () => {
    expect(toText(letters)).toBe('"letters"');
    expect(toText(letters.name)).toBe('"letters"."letter_name"');
    expect(toText(sql`left(${letters.name}, 2)`)).toBe('left("letters"."letter_name", 2)');
    expect(() => toText(sql`left(${letters.name}, ${2})`)).toThrow('has parameters');
  });

  test('rows come as objects by column name', async () => {
    const query = toQuery(sql`select letter_number, letter_name from letters order by 1`);
    const expected = [
      { letter_number: 1, letter_name: 'a' },
      { letter_number: 2, letter_name: 'b' },
    ];
    expect(await database.acrossTenants.read((queries) => sendForObjects(queries, query, 'any'))).toEqual(
      expected,
    );
    expect(
      await database.acrossTenants.read((queries) =>
        runFixed(queries, sql`select * from letters order by 1`),
      ),
    ).toEqual(expected);
  });

  test('rows come as values in the order of the columns, also of columns with equal names', async () => {
    const query = toQuery(sql`select letter_name, letter_number as letter_name from letters order by 2`);
    const rows = await database.acrossTenants.read((queries) =>
      sendForValues(queries, query, 'any', ([name, number]) => `${name}${number}`),
    );
    expect(rows).toEqual(['a1', 'b2']);
  });

  test('a name makes the connection prepare a statement, and without one it does not', async () => {
    await database.acrossTenants.write(async (transaction) => {
      // postgres.js prepares no statement without parameters.
      const named = toQuery(sql`select ${1}::int as named`);
      const unnamed = toQuery(sql`select ${1}::int as unnamed`);
      await sendForObjects(transaction, named, 'any');
      await sendForValues(transaction, unnamed, undefined, (values) => values);
      expect(await countPrepared(transaction, named.sql)).toBe(prepares);
      expect(await countPrepared(transaction, unnamed.sql)).toBe(0);
    });
  });

  test('a statement built once is prepared, and keeps its row mapping for other values', async () => {
    let builds = 0;
    const find = builtOnce((queries) => {
      builds += 1;
      const page = queries
        .select()
        .from(letters)
        .where(sql`letter_number = ${sql.placeholder('number')}`)
        .as('page');
      return queries
        .select({ found: fieldsOf(page) })
        .from(page)
        .prepare('letters');
    });
    await database.acrossTenants.write(async (transaction) => {
      expect(await find(transaction, { number: 1 })).toEqual([{ found: { number: 1, name: 'a' } }]);
      expect(await find(transaction, { number: 2 })).toEqual([{ found: { number: 2, name: 'b' } }]);
      const rows = await run(
        transaction,
        sql`select statement from pg_prepared_statements where statement like '%"page"%'`,
      );
      expect(rows).toHaveLength(prepares);
    });
    expect(builds).toBe(1);
  });
});
