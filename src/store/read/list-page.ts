import { and, type SQL, sql } from 'drizzle-orm';
import type { PgTable, SelectedFields } from 'drizzle-orm/pg-core';
import type { Database } from '../database.ts';
import { type OrderTerm, toKeyset, toOrderBy } from './keyset.ts';
import { type PageArguments, parsePageArguments } from './page-arguments.ts';
import { parsePageCursor, toPageCursor } from './page-cursor.ts';

/** What a connection lists: rows of a table that match, in a total order. */
export interface Listing<Row> {
  /** Names the connection; its cursors fit no other one. */
  connection: string;
  table: PgTable;
  columns: SelectedFields;
  where: SQL | undefined;
  /** Names the order; cursors of another order do not fit. */
  order: string;
  /** Ends with the row's own key, so that the order is total. */
  terms: readonly OrderTerm<Row>[];
}

/** A page of rows, each with its cursor. */
export interface Page<Row> {
  edges: { node: Row; cursor: string }[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
}

/** Reads a page. Throws BAD_USER_INPUT and BAD_CURSOR for arguments that are none. */
export async function listPage<Row>(
  database: Database,
  listing: Listing<Row>,
  args: PageArguments,
): Promise<Page<Row>> {
  const { connection, order, terms } = listing;
  const { size, forward, after, before } = parsePageArguments(args);
  const parse = (cursor: string) => parsePageCursor(cursor, connection, order, terms);
  const condition = and(
    listing.where,
    after === undefined ? undefined : toKeyset(terms, parse(after), 'after'),
    before === undefined ? undefined : toKeyset(terms, parse(before), 'before'),
  );
  const rows = (await database.read((queries) =>
    queries
      .select(listing.columns)
      .from(listing.table)
      .where(condition)
      .orderBy(toOrderBy(terms, !forward))
      .limit(size + 1),
  )) as Row[];
  return toPage(rows, size, forward, { after, before }, (row) =>
    toPageCursor(
      connection,
      order,
      terms.map((term) => term.valueOf(row)),
    ),
  );
}

/**
 * Makes a page of up to `size` + 1 rows read in page direction: the surplus row tells that there is more. Towards the other
 * side there is more if a cursor was given, as its own row lies there.
 */
export function toPage<Row>(
  read: readonly Row[],
  size: number,
  forward: boolean,
  { after, before }: { after: string | undefined; before: string | undefined },
  toCursor: (row: Row) => string,
): Page<Row> {
  const rows = read.slice(0, size);
  if (!forward) rows.reverse();
  const more = read.length > size;
  return {
    edges: rows.map((node) => ({ node, cursor: toCursor(node) })),
    hasNextPage: forward ? more : before !== undefined,
    hasPreviousPage: forward ? after !== undefined : more,
  };
}

/** Counts all rows that a connection lists, whatever the page. */
export async function countRows<Row>(database: Database, listing: Listing<Row>): Promise<number> {
  const [row] = await database.read((queries) =>
    queries.select({ count: sql<string>`count(*)` }).from(listing.table).where(listing.where),
  );
  return Number(row?.count ?? 0);
}
