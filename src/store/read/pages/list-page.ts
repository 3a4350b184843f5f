import { and, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { toTextArray } from '../../database/bulk.ts';
import { fieldsOf } from '../../database/drizzle-internals.ts';
import type { FilterInput } from '../filters/filter.ts';
import type { OrderTerm } from './keyset.ts';
import type { OrderInput } from './order.ts';
import { type PageArguments, type PageRequest, parsePageArguments } from './page-arguments.ts';
import { parsePageCursor, toPageCursor } from './page-cursor.ts';
import { type PageBounds, toPageParts, toWholePart } from './page-parts.ts';
import { isOfSource, readPart, type Source } from './read-part.ts';

/** The rows of a connection: a table, a condition and a total order. */
export interface Listing<Row> extends Source {
  /** The name of the connection. Its cursors do not fit other connections. */
  connection: string;
  /** The same condition in the form for reading all rows, if that differs. */
  toWhereOfAll?: () => SQL | undefined;
  /** The name of the order. Its cursors do not fit other orders. */
  order: string;
  /** The last terms are the row's key, so the order is total. */
  terms: readonly OrderTerm<Row>[];
}

/** The filter and order of a listing, from GraphQL. */
export interface ListingArguments {
  where?: FilterInput | null | undefined;
  orderBy?: readonly OrderInput[] | null | undefined;
}

export interface Page<Row> {
  rows: Row[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  /** Returns the cursor of a row. */
  toCursor(row: Row): string;
}

/** The validated arguments of a page. */
export interface ListingRequest extends PageRequest {
  bounds: PageBounds;
}

/** Validates the arguments of a page. Throws BAD_USER_INPUT and BAD_CURSOR. */
export function parseListingRequest<Row>(listing: Listing<Row>, args: PageArguments): ListingRequest {
  const request = parsePageArguments(args);
  return { ...request, bounds: toBounds(listing, request) };
}

/** Reads a page. */
export async function listPage<Row>(listing: Listing<Row>, request: ListingRequest): Promise<Page<Row>> {
  const rows: Row[] = [];
  // The parts are read one after another, the second only if the first has too few rows. One
  // statement would either read both or rely on an order that UNION ALL does not guarantee.
  for (const part of toPageParts(listing.terms, request.bounds)) {
    const wanted = request.size + 1 - rows.length;
    if (wanted === 0) break;
    rows.push(...(await readPart<Row>(listing, part, wanted)));
  }
  return toListingPage(listing, request, rows);
}

/** The column of a row's parent, and the ids of the wanted parents. */
export interface Parents {
  column: SQLWrapper;
  ids: readonly string[];
}

/**
 * Reads a page of rows for each of several parents with one statement. Omits parents without rows.
 */
export async function listPagesOf<Row>(
  listing: Listing<Row>,
  { column, ids }: Parents,
  request: ListingRequest,
): Promise<Map<string, Page<Row>>> {
  const { condition, orderBy } = toWholePart(listing.terms, request.bounds);
  const part = { condition: and(condition, sql`${column} = parents.id`), orderBy };
  const found = await listing.database.read((queries) => {
    const rows = queries
      .select(listing.columns)
      .from(listing.table)
      .where(isOfSource(listing, listing.among?.toWhere(toIdList(ids)) ?? listing.where, part.condition))
      .orderBy(part.orderBy)
      .limit(request.size + 1)
      .as('page');
    return queries
      .select({ parentId: sql<string>`parents.id`, row: fieldsOf(rows) })
      .from(sql`unnest(${toTextArray(ids)}) as parents(id)`)
      .innerJoinLateral(rows, sql`true`);
  });
  const byParent = new Map<string, Row[]>();
  for (const { parentId, row } of found as { parentId: string; row: Row }[]) {
    const rows = byParent.get(parentId);
    if (rows === undefined) byParent.set(parentId, [row]);
    else rows.push(row);
  }
  return new Map([...byParent].map(([id, rows]) => [id, toListingPage(listing, request, rows)]));
}

/** Returns an empty page. */
export function toEmptyPage<Row>(request: PageRequest): Page<Row> {
  return toPage<Row>([], request.size, request.forward, request, () => '');
}

function toBounds<Row>({ connection, order, terms }: Listing<Row>, request: PageRequest): PageBounds {
  const parse = (cursor: string | undefined) =>
    cursor === undefined ? undefined : parsePageCursor(cursor, connection, order, terms);
  return { forward: request.forward, after: parse(request.after), before: parse(request.before) };
}

function toListingPage<Row>(listing: Listing<Row>, request: PageRequest, rows: readonly Row[]): Page<Row> {
  const { connection, order, terms } = listing;
  return toPage(rows, request.size, request.forward, request, (row) =>
    toPageCursor(
      connection,
      order,
      terms.map((term) => term.toValue(row)),
    ),
  );
}

/**
 * Creates a page from up to `size` + 1 rows in reading direction. The surplus row means that more
 * rows follow. In the other direction there are more rows if a cursor was given, because the row of
 * the cursor is there.
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
    rows,
    toCursor,
    hasNextPage: forward ? more : before !== undefined,
    hasPreviousPage: forward ? after !== undefined : more,
  };
}

/** Counts all rows of a listing. */
export async function countRows<Row>(listing: Listing<Row>): Promise<number> {
  const [row] = await listing.database.read((queries) =>
    queries
      .select({ count: sql<string>`count(*)` })
      .from(listing.joins === undefined ? listing.table : sql`${listing.table} ${listing.joins}`)
      .where(isOfSource(listing, toWhereOfAll(listing))),
  );
  return Number(row?.count ?? 0);
}

/** Counts the rows of each of several parents with one statement. Omits parents without rows. */
export async function countRowsOf<Row>(
  listing: Listing<Row>,
  { column, ids }: Parents,
): Promise<Map<string, number>> {
  const rows = await listing.database.read((queries) =>
    queries
      .select({ parentId: sql<string>`${column}`, count: sql<string>`count(*)` })
      .from(listing.table)
      .where(
        isOfSource(
          listing,
          listing.among?.toWhere(toIdList(ids)) ?? toWhereOfAll(listing),
          sql`${column} = any(${toTextArray(ids)})`,
        ),
      )
      .groupBy(sql`${column}`),
  );
  return new Map(rows.map(({ parentId, count }) => [parentId, Number(count)]));
}

/** Returns the listing of one parent's rows. */
export function narrowTo<Row>(
  { among, ...listing }: Listing<Row>,
  column: SQLWrapper,
  id: string,
): Listing<Row> {
  const isOfParent = sql`${column} = ${id}`;
  const whereAmong = among?.toWhere(toIdList([id]));
  return {
    ...listing,
    where: and(whereAmong ?? listing.where, isOfParent),
    toWhereOfAll: () => and(whereAmong ?? toWhereOfAll(listing), isOfParent),
  };
}

const toIdList = (ids: readonly string[]) => sql`select unnest(${toTextArray(ids)})`;

function toWhereOfAll<Row>({ where, toWhereOfAll }: Listing<Row>): SQL | undefined {
  return toWhereOfAll === undefined ? where : toWhereOfAll();
}
