import { getTableColumns, getTableName, type Placeholder, type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn, PgTable } from 'drizzle-orm/pg-core';
import { toChunks } from '../../domain/chunks.ts';
import type { Queries } from './database.ts';
import { runFixed, runText } from './statements.ts';

/** A row to write: one member per column, JSON columns as their text; undefined is null. */
export type WriteRow<Table extends PgTable> = {
  [Column in keyof Table['_']['columns']]: string | number | boolean | undefined;
};

/** Characters of one statement's parameters: a text of V8 ends at half a gigabyte, and a message of PostgreSQL at one. */
const MAX_CHUNK_LENGTH = 16_000_000;

/** What becomes of a row whose key is there already. */
type OnConflict<Table extends PgTable> = 'fail' | 'keep' | { overwrite: (keyof Table['_']['columns'])[] };

/**
 * Writes any number of rows with one statement text, so that it is prepared once: a column is one parameter, an array. Very many
 * rows go as several statements.
 */
export async function insertMany<Table extends PgTable>(
  transaction: Queries,
  table: Table,
  rows: readonly WriteRow<Table>[],
  onConflict: OnConflict<Table> = 'fail',
): Promise<void> {
  const { text, columns } = toInsert(table, onConflict);
  for (const chunk of toChunks(rows, toLength, MAX_CHUNK_LENGTH)) {
    await runText(transaction, text, toParameters(columns, chunk));
  }
}

/** Writes some columns of rows that are there, found by their key; otherwise as `insertMany`. */
export async function updateMany<Table extends PgTable, Column extends keyof Table['_']['columns'] & string>(
  transaction: Queries,
  table: Table,
  key: readonly Column[],
  changed: readonly Column[],
  rows: readonly Pick<WriteRow<Table>, Column>[],
): Promise<void> {
  const all = toColumns(table);
  const pick = (properties: readonly string[]) => all.filter(({ property }) => properties.includes(property));
  const columns = [...pick(key), ...pick(changed)];
  const sets = pick(changed).map(({ name }) => `${name} = r.${name}`);
  const matches = pick(key).map(({ name }) => `t.${name} = r.${name}`);
  const text = `update "${getTableName(table)}" t set ${sets.join()} from ${toRows(columns)} where ${matches.join(' and ')}`;
  for (const chunk of toChunks(rows, toLength, MAX_CHUNK_LENGTH)) {
    await runText(transaction, text, toParameters(columns, chunk));
  }
}

/** The characters of a row's texts; whatever else it has is small. */
function toLength(row: object): number {
  let length = 0;
  for (const value of Object.values(row)) if (typeof value === 'string') length += value.length;
  return length;
}

interface Column {
  property: string;
  name: string;
  type: string;
}

interface Insert {
  text: string;
  /** In the order of the parameters. */
  columns: Column[];
}

const inserts = new WeakMap<PgTable, Map<string, Insert>>();

function toInsert<Table extends PgTable>(table: Table, onConflict: OnConflict<Table>): Insert {
  const known = inserts.get(table) ?? new Map<string, Insert>();
  inserts.set(table, known);
  const key = JSON.stringify(onConflict);
  const insert = known.get(key) ?? writeInsert(table, onConflict);
  known.set(key, insert);
  return insert;
}

function writeInsert<Table extends PgTable>(table: Table, onConflict: OnConflict<Table>): Insert {
  const columns = toColumns(table);
  const names = columns.map(({ name }) => name).join();
  const insert = `insert into "${getTableName(table)}" (${names}) select ${names} from ${toRows(columns)}`;
  return { text: insert + toConflictClause(columns, onConflict), columns };
}

function toColumns(table: PgTable): Column[] {
  return Object.entries(getTableColumns(table)).map(([property, column]) => ({
    property,
    name: `"${column.name}"`,
    type: column.getSQLType().replace(' collate "C"', ''),
  }));
}

/** The rows that arrays hold together, named r: an array for each column, each a parameter. */
function toRows(columns: readonly Column[]): string {
  const arrays = columns.map(({ type }, index) => `$${index + 1}::${type}[]`);
  return `unnest(${arrays.join()}) as r(${columns.map(({ name }) => name).join()})`;
}

function toParameters(
  columns: readonly Column[],
  rows: readonly Record<string, string | number | boolean | undefined>[],
): string[] {
  return columns.map(({ property, type }) =>
    toArrayText(
      rows.map((row) => row[property]),
      type === 'json',
    ),
  );
}

function toConflictClause<Table extends PgTable>(
  columns: readonly Column[],
  onConflict: OnConflict<Table>,
): string {
  if (onConflict === 'fail') return '';
  if (onConflict === 'keep') return ' on conflict do nothing';
  const keys = columns.filter(({ property }) => onConflict.overwrite.includes(property));
  const updates = columns
    .filter((column) => !keys.includes(column))
    .map(({ name }) => `${name} = excluded.${name}`);
  return ` on conflict (${keys.map(({ name }) => name).join()}) do update set ${updates.join()}`;
}

/** A list of texts as one parameter, for `= any(…)`: one statement text for any number of them. */
export function toTextArray(texts: Iterable<string>): SQL {
  return sql`${toArrayText([...texts])}::text[]`;
}

/**
 * Tells the rows of a tenant in a look-up by key, without showing the planner which one it is. For a tenant that it takes for a small one,
 * because it has grown since the table was analysed, any index that begins with the tenant looks as good as that of the key, and then all
 * of the tenant's rows are read for each key.
 */
export function isOfTenant(column: AnyPgColumn, tenantId: string | Placeholder): SQL {
  return sql`${column} = (select ${tenantId}::text)`;
}

/**
 * Reads the rows of a tenant's table that have one of the keys, whole or some of their columns. Each key is looked up for itself,
 * whatever the planner thinks of the table: `= any(…)` was planned as a filter over all of a tenant's rows, as long as nobody had
 * analysed a table since it was empty, and then 2,000 keys took 2 s among 20,000 rows.
 */
export async function readByKeys<
  Table extends PgTable & { tenantId: AnyPgColumn },
  Property extends keyof Table['$inferSelect'] & string,
>(
  queries: Queries,
  table: Table,
  key: AnyPgColumn,
  tenantId: string,
  keys: Iterable<string>,
  properties?: readonly Property[],
): Promise<Pick<Table['$inferSelect'], Property>[]> {
  const columns = Object.entries(getTableColumns(table)).filter(
    ([property]) => properties?.includes(property as Property) ?? true,
  );
  const names = columns.map(([, { name }]) => sql.identifier(name));
  const rows = await runFixed(
    queries,
    sql`select ${join(names)} from unnest(${toTextArray(keys)}) as wanted(wanted_key) cross join lateral (
      select * from ${table} where ${isOfTenant(table.tenantId, tenantId)} and ${key} = wanted_key offset 0) as found`,
  );
  return rows.map((row) => {
    const values = columns.map(([property, column]) => {
      const value = row[column.name] ?? null;
      return [property, value === null ? null : column.mapFromDriverValue(value)];
    });
    return Object.fromEntries(values) as Pick<Table['$inferSelect'], Property>;
  });
}

/**
 * An array as PostgreSQL reads it ("Array Input and Output Syntax"). Inside its quotes a backslash stands before what is meant
 * literally; so it does in JSON, which is written much faster, but for control characters and lone surrogates. JSON texts have
 * neither.
 */
export function toArrayText(
  values: readonly (string | number | boolean | undefined)[],
  areJson = false,
): string {
  const elements = values.map((value) => {
    if (value === undefined) return 'NULL';
    if (typeof value !== 'string') return String(value);
    return areJson || !/[\p{Cc}\p{Cs}]/u.test(value)
      ? JSON.stringify(value)
      : `"${value.replace(/["\\]/g, '\\$&')}"`;
  });
  return `{${elements.join()}}`;
}

/** Expressions separated by commas. */
export function join(parts: SQL[] | ReturnType<typeof sql.identifier>[]): SQL {
  return sql.join(parts as SQL[], sql.raw(', '));
}
