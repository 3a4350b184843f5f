import type { SQL } from 'drizzle-orm';
import type { Queries } from './database.ts';
import { sendForObjects, toObjects, toQuery } from './drizzle-internals.ts';

/*
 * Three ways to run SQL.
 *
 * Query: `run`, or Drizzle's query builder. For statements whose shape varies, such as
 * filters. The database plans each one for its values.
 *
 * Prepared: `runFixed` for a text written as SQL, `builtOnce` for one built by Drizzle. For
 * statements whose text is always the same and that run for every request or event: each
 * connection prepares them once, which saves parsing, planning and a round trip. Text that
 * clients influence must not get here, because connections keep each text. A text that is only
 * often the same is sent by `sendForValues` with a name once `FrequentTexts` has counted it.
 *
 * Bulk: `insertMany` and `updateMany` (bulk.ts), `readByKeys` and other lookups (lookups.ts). For
 * any number of rows or keys: each column is one array parameter, so the text is always the same
 * and it is prepared, too.
 */

/** Runs a statement of varying shape, unprepared. Returns rows as objects by column name. */
export async function run<Row = Record<string, unknown>>(queries: Queries, statement: SQL): Promise<Row[]> {
  return toObjects(await queries.execute(statement)) as Row[];
}

/**
 * Runs a statement whose text is always the same, prepared; returns its rows as objects by
 * column name, as the driver reads them (bigint as text on one driver and as number on the
 * other).
 */
export async function runFixed<Row = Record<string, unknown>>(
  queries: Queries,
  statement: SQL,
): Promise<Row[]> {
  return (await sendForObjects(queries, toQuery(statement), 'fixed')) as Row[];
}

/** Like `runFixed`, for a statement that is a text. */
export async function runText<Row = Record<string, unknown>>(
  queries: Queries,
  text: string,
  parameters: unknown[],
): Promise<Row[]> {
  return (await sendForObjects(queries, { sql: text, params: parameters }, 'fixed')) as Row[];
}

/** A statement built by Drizzle. Returns the rows for the values of its placeholders. */
interface Built<Rows> {
  execute(values: Record<string, unknown>): Promise<Rows>;
}

/**
 * Returns a function that runs a statement whose text is always the same, prepared. Drizzle
 * builds it once per pool, because building takes as long as running. `build` uses
 * placeholders for all values.
 */
export function builtOnce<Rows>(
  build: (queries: Queries) => Built<Rows>,
): (queries: Queries, values: Record<string, unknown>) => Promise<Rows> {
  const cache = new WeakMap<Queries, Built<Rows>>();
  return (queries, values) => {
    const built = cache.get(queries) ?? build(queries);
    cache.set(queries, built);
    return built.execute(values);
  };
}
