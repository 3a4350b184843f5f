import { and, type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Database } from '../../database/database.ts';
import type { PagePart } from './page-parts.ts';
import { type Columns, selectRows } from './select-rows.ts';

/** Rows of a table that match. */
export interface Source {
  table: PgTable;
  columns: Columns;
  where: SQL | undefined;
  /** Where a part of `where` is about each row's parent and is decided once per parent: how to do so for a few parents only. */
  among?: Among;
  /** Whether `where` names keys alone and no filter of the caller's. */
  isFixed?: boolean;
}

/** Decides a filter among the rows of some parents. */
export interface Among {
  /** What all rows of the source have in common, whatever the filter says. */
  keys: SQL;
  /** The column that tells the parent of a row. */
  parent: PgColumn;
  /** The condition for rows whose parents' ids a statement lists. */
  toWhere(parentIds: SQL): SQL | undefined;
}

/** Of how many of the next rows parents are decided about before all are: usually the first thousand have a page. */
const PREFIXES = [1_000, 30_000];

/** Reads the first `size` rows of a part. */
export async function readPart<Row>(
  database: Database,
  { table, columns, where, among, isFixed }: Source,
  part: PagePart,
  size: number,
): Promise<Row[]> {
  const end = sql`order by ${part.orderBy} limit ${sql.raw(String(size))}`;
  if (among !== undefined) {
    const ids = sql`select distinct ${sql.identifier(among.parent.name)} from prefix`;
    const tail = sql`from prefix as ${table} where ${among.toWhere(ids)} ${end}`;
    for (const most of PREFIXES) {
      const next = sql`select * from ${table} where ${and(among.keys, part.condition)} order by ${part.orderBy}`;
      const head = sql`with prefix as materialized (${next} limit ${sql.raw(String(most))})`;
      const rows = await database.read((queries) => selectRows<Row>(queries, columns, tail, false, head));
      if (rows.length === size) return rows;
    }
  }
  const tail = sql`from ${table} where ${and(where, part.condition)} ${end}`;
  return database.read((queries) => selectRows<Row>(queries, columns, tail, isFixed === true));
}
