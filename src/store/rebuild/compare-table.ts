import { type SQL, sql } from 'drizzle-orm';
import { type Queries, run } from '../database/database.ts';
import { join } from '../database/recordset.ts';
import { inSchema, type ProjectionColumn, type ProjectionTable } from './projections.ts';

/** One side of a comparison: where its tables are, and what reads them. */
export interface Side {
  schema: string;
  queries: Queries;
}

/** A row that is not the same on both sides. */
export interface Difference {
  /** Seen from the log: it tells of a row that is missing, knows nothing of a surplus one, or tells otherwise. */
  kind: 'missing' | 'surplus' | 'different';
  key: Record<string, unknown>;
  /** The columns that differ. */
  columns: string[];
}

/** How the rows of a table stand against what the log tells. */
export interface TableComparison {
  table: string;
  rows: number;
  missing: number;
  surplus: number;
  different: number;
  /** The first few differences, in the order of the key. */
  examples: Difference[];
}

const ROWS_AT_ONCE = 5_000;
/** 64 MB of a table, read as they lie. */
const PAGES_AT_ONCE = 8_192;
const MAX_EXAMPLES = 5;

/** Values of a key's columns. */
type Key = readonly unknown[];

/**
 * Compares the rows of a table with those made from the log: first by a sum of hashes over each side as it lies, and only where these differ a
 * stretch of keys at a time, and row by row within one that differs. Every column counts, JSON by its text. Calls back with numbers of
 * rows that together are all of them.
 */
export async function compareTable(
  table: ProjectionTable,
  standing: Side,
  told: Side,
  onRows: (count: number) => void,
): Promise<TableComparison> {
  const comparison: TableComparison = {
    table: table.name,
    ...{ rows: 0, missing: 0, surplus: 0, different: 0 },
    examples: [],
  };
  const [left, right] = await Promise.all([
    sumAll(table, standing, onRows),
    sumAll(table, told, () => undefined),
  ]);
  comparison.rows = left.count;
  if (left.count !== right.count || left.sum !== right.sum) {
    await compareStretches(table, standing, told, () => onRows(0), comparison);
  }
  return comparison;
}

/** Calls back after each stretch. */
async function compareStretches(
  table: ProjectionTable,
  standing: Side,
  told: Side,
  onStretch: () => void,
  comparison: TableComparison,
): Promise<void> {
  let after: Key | undefined;
  do {
    const end = await findEnd(table, standing, after);
    const stretch = toStretch(table, after, end);
    const [left, right] = await Promise.all([sum(table, standing, stretch), sum(table, told, stretch)]);
    if (left.count !== right.count || left.sum !== right.sum) {
      await compareRows(table, standing, told, stretch, comparison);
    }
    onStretch();
    after = end;
  } while (after !== undefined);
}

/** Tells whether no row of a table differs. */
export function isSame({ missing, surplus, different }: TableComparison): boolean {
  return missing + surplus + different === 0;
}

/** The key with which a stretch of the standing rows ends; undefined for the last stretch, which is open. */
async function findEnd(
  table: ProjectionTable,
  { schema, queries }: Side,
  after: Key | undefined,
): Promise<Key | undefined> {
  const names = toNames(table.key);
  const [row] = await run(
    queries,
    sql`select ${names} from ${inSchema(schema, table.name)} where ${toStretch(table, after, undefined)}
        order by ${names} offset ${ROWS_AT_ONCE - 1} limit 1`,
  );
  return row && table.key.map(({ name }) => row[name]);
}

/** The number of all rows and the sum of their hashes, read in the order of their pages: by key each row may be on another one. */
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

/** A number of rows, and the sum of their hashes. */
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
  standing: Side,
  told: Side,
  stretch: SQL,
  comparison: TableComparison,
): Promise<void> {
  const [left, right] = await Promise.all([
    hashRows(table, standing, stretch),
    hashRows(table, told, stretch),
  ]);
  const differences = [...new Set([...right.keys(), ...left.keys()])].flatMap((name) => {
    const [before, after] = [left.get(name), right.get(name)];
    if (before?.hash === after?.hash) return [];
    const kind: Difference['kind'] = before ? (after ? 'different' : 'surplus') : 'missing';
    return [{ kind, key: (before ?? after)?.key ?? [] }];
  });
  for (const { kind, key } of differences) {
    comparison[kind] += 1;
    if (comparison.examples.length === MAX_EXAMPLES) continue;
    const columns = kind === 'different' ? await listColumns(table, standing, told, key) : [];
    const named = Object.fromEntries(table.key.map(({ name }, index) => [name, key[index]]));
    comparison.examples.push({ kind, key: named, columns });
  }
}

async function hashRows(
  table: ProjectionTable,
  { schema, queries }: Side,
  stretch: SQL,
): Promise<Map<string, { key: Key; hash: unknown }>> {
  const names = toNames(table.key);
  const rows = await run(
    queries,
    sql`select ${names}, ${toHash(table)}::text as hash from ${inSchema(schema, table.name)}
        where ${stretch} order by ${names}`,
  );
  return new Map(
    rows.map(({ hash, ...row }) => {
      const key = table.key.map(({ name }) => row[name]);
      return [JSON.stringify(key), { key, hash }];
    }),
  );
}

/** The columns in which two rows of one key differ. */
async function listColumns(table: ProjectionTable, standing: Side, told: Side, key: Key): Promise<string[]> {
  const texts = join(table.columns.map(({ name }) => sql`${sql.identifier(name)}::text`));
  const read = async ({ schema, queries }: Side) => {
    const [row] = await run(
      queries,
      sql`select ${texts} from ${inSchema(schema, table.name)}
          where (${toNames(table.key)}) = (${toValues(table, key)})`,
    );
    return row;
  };
  const [left, right] = await Promise.all([read(standing), read(told)]);
  return table.columns.map(({ name }) => name).filter((name) => left?.[name] !== right?.[name]);
}

/** A hash of a whole row; the columns by name, since their order is no part of what a row says. */
function toHash({ columns }: ProjectionTable): SQL {
  // JSON has no hash of its own.
  const values = columns.map(
    ({ name, type }) => sql`${sql.identifier(name)}${sql.raw(type === 'json' ? '::text' : '')}`,
  );
  return sql`hash_record_extended(row(${join(values)}), 0)`;
}

/** The rows behind one key, up to and with another; both may be open. */
function toStretch(table: ProjectionTable, after: Key | undefined, through: Key | undefined): SQL {
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
