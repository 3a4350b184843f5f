import type { InterfaceRef, ObjectRef } from '@pothos/core';
import { defaultFieldResolver } from 'graphql';
import {
  countRows,
  type Listing,
  listPage,
  type Page,
  parseListingRequest,
} from '../../store/read/pages/list-page.ts';
import { listMergedPage } from '../../store/read/pages/merged-page.ts';
import type { PageArguments } from '../../store/read/pages/page-arguments.ts';
import { builder, type TypesOf } from '../builder.ts';
import { type ListCost, type ListType, listType, PART_OF_PARENT } from './list-cost.ts';

/**
 * What a connection resolves to. Nothing is read before a field asks for it, and a page only
 * once. A page that was read before is returned without a promise.
 */
export interface Connection<Row> {
  page(): Page<Row> | Promise<Page<Row>>;
  count(): number | Promise<number>;
}

/**
 * The connection of a listing. Throws BAD_USER_INPUT and BAD_CURSOR for invalid page
 * arguments.
 */
export function toConnection<Row>(listing: Listing<Row>, args: PageArguments): Connection<Row> {
  const request = parseListingRequest(listing, args);
  let page: Promise<Page<Row>> | undefined;
  return {
    page: () => (page ??= listPage(listing, request)),
    count: () => countRows(listing),
  };
}

/** Converts the page of a connection, without a promise if the page was read before. */
function ofPage<Row, Result>(
  connection: Connection<Row>,
  toResult: (page: Page<Row>) => Result,
): Result | Promise<Result> {
  const page = connection.page();
  return page instanceof Promise ? page.then(toResult) : toResult(page);
}

/** The connection of several listings as one. Throws as `toConnection`. */
export function toMergedConnection<Row>(
  listings: readonly Listing<Row>[],
  args: PageArguments,
): Connection<Row> {
  const [first] = listings;
  if (first === undefined) throw new Error('A merged connection needs at least one listing.');
  const request = parseListingRequest(first, args);
  let page: Promise<Page<Row>> | undefined;
  return {
    page: () => (page ??= listMergedPage(listings, request)),
    async count() {
      const counts = await Promise.all(listings.map((listing) => countRows(listing)));
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}

interface PageInfo {
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor: string | undefined;
  endCursor: string | undefined;
}

function toPageInfo<Row>({ rows, hasNextPage, hasPreviousPage, toCursor }: Page<Row>): PageInfo {
  const [first] = rows;
  const last = rows.at(-1);
  return {
    hasNextPage,
    hasPreviousPage,
    startCursor: first && toCursor(first),
    endCursor: last && toCursor(last),
  };
}

const PageInfoRef = builder.objectRef<PageInfo>('PageInfo').implement({
  description: 'The position of a page in its list.',
  fields: (t) => ({
    hasNextPage: t.exposeBoolean('hasNextPage', {
      nullable: false,
      description: 'Whether the list has more rows after this page.',
    }),
    hasPreviousPage: t.exposeBoolean('hasPreviousPage', {
      nullable: false,
      description: 'Whether the list has rows before this page.',
    }),
    startCursor: t.exposeString('startCursor', {
      description: 'The cursor of the first edge. Null if the page is empty.',
    }),
    endCursor: t.exposeString('endCursor', {
      description: 'The cursor of the last edge. Null if the page is empty.',
    }),
  }),
});

/**
 * Declares `<Name>Connection` and `<Name>Edge` for a node type, with the cost of a field of
 * it.
 */
export function connectionType<Row extends object>(
  name: string,
  node: ObjectRef<TypesOf, Row> | InterfaceRef<TypesOf, Row>,
  what: string,
  cost: ListCost,
): ListType<ObjectRef<TypesOf, Connection<Row>>> {
  const Edge = builder.objectRef<{ node: Row; page: Page<Row> }>(`${name}Edge`).implement({
    description: `One entry in a list of ${what}, with its cursor.`,
    fields: (t) => ({
      cursor: t.string({
        nullable: false,
        description: 'The cursor of this entry, for `after` and `before` of the same list in the same order.',
        resolve: (edge) => edge.page.toCursor(edge.node),
      }),
      node: t.field({
        type: node as ObjectRef<TypesOf, object>,
        nullable: false,
        description: `The ${what.replace(/s$/, '')}.`,
        resolve: defaultFieldResolver as (edge: { node: Row }) => Row,
      }),
    }),
  });
  const ref = builder.objectRef<Connection<Row>>(`${name}Connection`).implement({
    description: `A page of ${what}.`,
    fields: (t) => ({
      edges: t.field({
        type: [Edge],
        nullable: false,
        extensions: PART_OF_PARENT,
        description: 'The rows of the page, each with its cursor.',
        resolve: (connection) => ofPage(connection, (page) => page.rows.map((node) => ({ node, page }))),
      }),
      nodes: t.field({
        type: [node],
        nullable: false,
        extensions: PART_OF_PARENT,
        description: 'The rows of the page, without cursors.',
        resolve: (connection) => ofPage(connection, ({ rows }) => rows),
      }),
      pageInfo: t.field({
        type: PageInfoRef,
        nullable: false,
        description: 'Whether there are rows before and after this page, and its cursors.',
        resolve: (connection) => ofPage(connection, toPageInfo),
      }),
      totalCount: t.field({
        type: 'SafeInt',
        nullable: false,
        description: `The number of ${what} on all pages. It is counted only if selected.`,
        resolve: (connection) => connection.count(),
      }),
    }),
  });
  return listType(ref, cost);
}
