import { type SQL, sql } from 'drizzle-orm';
import { join } from '../database/bulk.ts';
import type { Queries } from '../database/database.ts';
import { run } from '../database/statements.ts';
import { inSchema, type ProjectionColumn, type ProjectionTable } from './projections.ts';

/** One side of a comparison: the schema of its tables and the connection that reads them. */
export interface Side {
  schema: string;
  queries: Queries;
}

/** A row that differs between the two sides. */
export interface Difference {
  /** Seen from the log: `missing` in the current table, `surplus` there, or `different`. */
  kind: 'missing' | 'surplus' | 'different';
  key: Record<string, unknown>;
  /** The columns that differ, if both sides have the row. */
  columns: string[];
}

/** The result of comparing a current table with the one rebuilt from the log. */
export interface TableComparison {
  table: string;
  rows: number;
  missing: number;
  surplus: number;
  different: number;
  /** The first differences, in the order of the key. */
  examples: Difference[];
}

const ROWS_AT_ONCE = 5_000;
/** 64 MB of a table, read in physical order. */
const PAGES_AT_ONCE = 8_192;
const MAX_EXAMPLES = 5;

/** The values of a key's columns. */
type Key = readonly unknown[];

/**
 * Compares a current table with the rebuilt one. The first pass compares a checksum of each
 * whole table, read in physical order. If the checksums differ, the second pass compares key
 * ranges, and row by row within a range that differs. Every column counts; JSON is compared as
 * text. Calls back with numbers of rows that add up to all rows.
 */
export async function compareTable(
  table: ProjectionTable,
  current: Side,
  rebuilt: Side,
  onRows: (count: number) => void,
): Promise<TableComparison> {
  const comparison: TableComparison = {
    table: table.name,
    ...{ rows: 0, missing: 0, surplus: 0, different: 0 },
    examples: [],
  };
  const [left, right] = await Promise.all([
    sumAll(table, current, onRows),
    sumAll(table, rebuilt, () => undefined),
  ]);
  comparison.rows = left.count;
  if (left.count !== right.count || left.sum !== right.sum) {
    await compareKeyRanges(table, current, rebuilt, () => onRows(0), comparison);
  }
  return comparison;
}

/** Compares key range by key range. Calls back after each range. */
async function compareKeyRanges(
  table: ProjectionTable,
  current: Side,
  rebuilt: Side,
  onRange: () => void,
  comparison: TableComparison,
): Promise<void> {
  let after: Key | undefined;
  do {
    const end = await findEnd(table, current, after);
    const range = toKeyRange(table, after, end);
    const [left, right] = await Promise.all([sum(table, current, range), sum(table, rebuilt, range)]);
    if (left.count !== right.count || left.sum !== right.sum) {
      await compareRows(table, current, rebuilt, range, comparison);
    }
    onRange();
    after = end;
  } while (after !== undefined);
}

/** Returns whether a table has no differences. */
export function isSame({ missing, surplus, different }: TableComparison): boolean {
  return missing + surplus + different === 0;
}

/** Returns the last key of the next range of current rows; undefined for the last range. */
async function findEnd(
  table: ProjectionTable,
  { schema, queries }: Side,
  after: Key | undefined,
): Promise<Key | undefined> {
  const names = toNames(table.key);
  const [row] = await run(
    queries,
    sql`select ${names} from ${inSchema(schema, table.name)} where ${toKeyRange(table, after, undefined)}
        order by ${names} offset ${ROWS_AT_ONCE - 1} limit 1`,
  );
  return row && table.key.map(({ name }) => row[name]);
}

/** Counts all rows and sums their hashes, in physical order, which reads each page once. */
async function sumAll(table: ProjectionTable, side: Side, onRows: (count: number) => void): Promise<Sum> {
  const [size] = await run(
    side.queries,
    sql`select pg_relation_size(to_regclass(format('%I.%I', ${side.schema}::text, ${table.name}::text))) / current_setting('block_size')::int as pages`,
  );
  const total: Sum = { count: 0, sum: 0n };
  for (let page = 0; page < Number(size?.pages); page += PAGES_AT_ONCE) {
    const toPlace = (number: number) => sql`${`(${number},0)`}::tid`;
    const pages = sql`ctid >= ${toPlace(page)} and ctid < ${toPlace(page + PAGES_AT_ONCE)}`;
    const part = await sum(table, side, pages);
    total.count += part.count;
    total.sum += part.sum;
    onRows(part.count);
  }
  return total;
}

/** A number of rows, and the sum of their hashes as a checksum. */
interface Sum {
  count: number;
  sum: bigint;
}

async function sum(table: ProjectionTable, { schema, queries }: Side, rows: SQL): Promise<Sum> {
  const [row] = await run(
    queries,
    sql`select count(*) as count, coalesce(sum(${toHash(table)}), 0)::text as sum
        from ${inSchema(schema, table.name)} where ${rows}`,
  );
  return { count: Number(row?.count), sum: BigInt(String(row?.sum)) };
}

async function compareRows(
  table: ProjectionTable,
  current: Side,
  rebuilt: Side,
  range: SQL,
  comparison: TableComparison,
): Promise<void> {
  const [left, right] = await Promise.all([hashRows(table, current, range), hashRows(table, rebuilt, range)]);
  const differences = [...new Set([...right.keys(), ...left.keys()])].flatMap((name) => {
    const [before, after] = [left.get(name), right.get(name)];
    if (before?.hash === after?.hash) return [];
    const kind: Difference['kind'] = before ? (after ? 'different' : 'surplus') : 'missing';
    return [{ kind, key: (before ?? after)?.key ?? [] }];
  });
  for (const { kind, key } of differences) {
    comparison[kind] += 1;
    if (comparison.examples.length === MAX_EXAMPLES) continue;
    const columns = kind === 'different' ? await listColumns(table, current, rebuilt, key) : [];
    const named = Object.fromEntries(table.key.map(({ name }, index) => [name, key[index]]));
    comparison.examples.push({ kind, key: named, columns });
  }
}

async function hashRows(
  table: ProjectionTable,
  { schema, queries }: Side,
  range: SQL,
): Promise<Map<string, { key: Key; hash: unknown }>> {
  const names = toNames(table.key);
  const rows = await run(
    queries,
    sql`select ${names}, ${toHash(table)}::text as hash from ${inSchema(schema, table.name)}
        where ${range} order by ${names}`,
  );
  return new Map(
    rows.map(({ hash, ...row }) => {
      const key = table.key.map(({ name }) => row[name]);
      return [JSON.stringify(key), { key, hash }];
    }),
  );
}

/** Returns the columns in which two rows with the same key differ. */
async function listColumns(
  table: ProjectionTable,
  current: Side,
  rebuilt: Side,
  key: Key,
): Promise<string[]> {
  const texts = join(table.columns.map(({ name }) => sql`${sql.identifier(name)}::text`));
  const read = async ({ schema, queries }: Side) => {
    const [row] = await run(
      queries,
      sql`select ${texts} from ${inSchema(schema, table.name)}
          where (${toNames(table.key)}) = (${toValues(table, key)})`,
    );
    return row;
  };
  const [left, right] = await Promise.all([read(current), read(rebuilt)]);
  return table.columns.map(({ name }) => name).filter((name) => left?.[name] !== right?.[name]);
}

/** Returns a hash of a whole row. Columns are named, as their order may differ. */
function toHash({ columns }: ProjectionTable): SQL {
  // PostgreSQL has no hash function for `json`.
  const values = columns.map(
    ({ name, type }) => sql`${sql.identifier(name)}${sql.raw(type === 'json' ? '::text' : '')}`,
  );
  return sql`hash_record_extended(row(${join(values)}), 0)`;
}

/** Returns the condition for keys after one key, through another; either may be missing. */
function toKeyRange(table: ProjectionTable, after: Key | undefined, through: Key | undefined): SQL {
  const names = toNames(table.key);
  const from = after === undefined ? sql`true` : sql`(${names}) > (${toValues(table, after)})`;
  const to = through === undefined ? sql`true` : sql`(${names}) <= (${toValues(table, through)})`;
  return sql`${from} and ${to}`;
}

function toNames(columns: readonly ProjectionColumn[]): SQL {
  return join(columns.map(({ name }) => sql.identifier(name)));
}

function toValues({ key }: ProjectionTable, values: Key): SQL {
  return join(key.map(({ type }, index) => sql`${values[index]}::${sql.raw(type)}`));
}
