import { and, type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { TenantDatabase } from '../../database/database.ts';
import { toText } from '../../database/drizzle-internals.ts';
import type { PagePart } from './page-parts.ts';
import { type Columns, selectRows } from './select-rows.ts';

/** The rows of a tenant in a table, the columns to read, and a further condition. */
export interface Source {
  database: TenantDatabase;
  table: PgTable & { tenantId: PgColumn };
  columns: Columns;
  /** Further tables that `columns`, `where` or the order name. They add and remove no row. */
  joins?: SQL;
  where: SQL | undefined;
  /**
   * Set if a part of `where` is about each row's parent and is evaluated once per parent: restricts
   * it to some parents.
   */
  among?: Among;
  /** Whether `where` contains only keys, without a filter of the caller. */
  isFixed?: boolean;
}

/** Evaluates a filter for the rows of some parents. */
export interface Among {
  /** The column of a row's parent. */
  parent: PgColumn;
  /** Returns `where` for the rows whose parents' ids a subquery selects. */
  toWhere(parentIds: SQL): SQL | undefined;
}

/**
 * Numbers of rows whose parents are evaluated first. Usually the first 1,000 rows contain a page.
 */
const PREFIXES = [1_000, 30_000];

/**
 * Reads the first `size` rows of a part. A heavy filter on a block's run is a set of runs: first
 * the matching runs of the next 1,000 rows, then of the next 30,000, then of all.
 */
export async function readPart<Row>(source: Source, part: PagePart, size: number): Promise<Row[]> {
  const { database, table, columns, among, isFixed, joins = sql`` } = source;
  const end = sql`order by ${part.orderBy} limit ${sql.raw(String(size))}`;
  if (among !== undefined) {
    const ids = sql`select distinct ${sql.identifier(among.parent.name)} from prefix`;
    const tail = sql`from prefix as ${table} where ${isOfSource(source, among.toWhere(ids))} ${end}`;
    for (const most of PREFIXES) {
      const next = sql`select * from ${table} where ${isOfSource(source, part.condition)} order by ${part.orderBy}`;
      const head = sql`with prefix as materialized (${next} limit ${sql.raw(String(most))})`;
      const rows = await database.read((queries) => selectRows<Row>(queries, columns, tail, false, head));
      if (rows.length === size) return rows;
    }
  }
  const tail = sql`from ${sql.raw(toText(table))} ${joins} where ${isOfSource(source, source.where, part.condition)} ${end}`;
  return database.read((queries) => selectRows<Row>(queries, columns, tail, isFixed === true));
}

/** Selects the rows of the source's tenant that meet all conditions. */
export function isOfSource(
  { database, table }: Source,
  ...conditions: readonly (SQL | undefined)[]
): SQL | undefined {
  return and(sql`${sql.raw(toText(table.tenantId))} = ${database.tenantId}`, ...conditions);
}
