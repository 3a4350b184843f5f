import { and, eq, type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { toChunks } from '../../domain/chunks.ts';
import { type Database, toQuery } from '../database.ts';
import { toTextArray } from '../recordset.ts';

/** Rows of a tenant that filters are judged on. */
export interface JudgedTable {
  table: PgTable & { tenantId: PgColumn };
  /** Finds a row within its tenant. */
  key: PgColumn;
  /** What is read of a row. */
  columns: Record<string, PgColumn>;
}

/** A row, and for each of some filters whether the row matches it: both from one snapshot. */
export interface Judgement<Row> {
  row: Row;
  matches: boolean[];
}

/** A compiled filter, and what tells it from others. */
export interface KeyedFilter {
  key: string;
  condition: SQL;
}

/** Names a filter that is compiled; undefined for no condition. */
export function toKeyed(where: unknown, condition: SQL | undefined): KeyedFilter | undefined {
  return condition && { key: JSON.stringify(where), condition };
}

/** Parameters of one statement's filters; PostgreSQL takes 65,535 altogether. */
const MAX_PARAMETERS = 20_000;

/** Cuts filters into lists that one statement can judge. */
export function toJudgeable(filters: readonly KeyedFilter[]): KeyedFilter[][] {
  return toChunks(filters, ({ condition }) => 1 + toQuery(condition).params.length, MAX_PARAMETERS);
}

/** Reads rows by their keys and judges compiled filters on each of them, however many, with one statement; a row that is not there is missing. */
export async function judgeRows<Row>(
  database: Database,
  { table, key, columns }: JudgedTable,
  tenantId: string,
  keys: readonly string[],
  filters: readonly KeyedFilter[],
): Promise<Map<string, Judgement<Row>>> {
  const type = sql.raw(key.getSQLType().replace(' collate "C"', ''));
  const conditions = filters.map(({ condition }) => condition);
  const rows = await database.read((queries) =>
    queries
      .select({
        key: sql<string>`${key}::text`,
        // As a text: arrays are read otherwise by each driver.
        matches: sql<string>`array[${sql.join(conditions, sql`, `)}]::boolean[]::text`,
        row: columns,
      })
      .from(table)
      .where(and(eq(table.tenantId, tenantId), sql`${key} = any(${toTextArray(keys)}::${type}[])`)),
  );
  return new Map(rows.map(({ key, matches, row }) => [key, { row: row as Row, matches: toFlags(matches) }]));
}

/** `{t,f}` as flags. */
function toFlags(text: string): boolean[] {
  const words = text.slice(1, -1);
  return words === '' ? [] : words.split(',').map((word) => word === 't');
}
