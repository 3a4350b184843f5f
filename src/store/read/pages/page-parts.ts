import { and, type SQL, sql } from 'drizzle-orm';
import { type OrderTerm, toKeyset, toOrderBy } from './keyset.ts';
import type { OrderValue } from './page-cursor.ts';

/** The cursors of a page as order values, and the direction it is read in. */
export interface PageBounds {
  forward: boolean;
  after: readonly OrderValue[] | undefined;
  before: readonly OrderValue[] | undefined;
}

/** Rows to read in one go: a condition and an order that an index can serve from its start. */
export interface PagePart {
  condition: SQL | undefined;
  orderBy: SQL;
}

/** The whole page in one part. */
export function toWholePart<Row>(terms: readonly OrderTerm<Row>[], bounds: PageBounds): PagePart {
  return { condition: between(terms, bounds), orderBy: toOrderBy(terms, !bounds.forward) };
}

/**
 * The parts of a page, in the order of reading. Where the first term may be null, the rows with a value and those without are
 * parts of their own: an index holds each of them in order, but not the two together with nulls last both ways.
 */
export function toPageParts<Row>(terms: readonly OrderTerm<Row>[], bounds: PageBounds): PagePart[] {
  const [first, ...rest] = terms;
  if (first?.nullable !== true) return [toWholePart(terms, bounds)];
  const parts = [...toValuedPart(first, rest, bounds), ...toVoidPart(first, rest, bounds)];
  return bounds.forward ? parts : parts.reverse();
}

function toValuedPart<Row>(
  first: OrderTerm<Row>,
  rest: readonly OrderTerm<Row>[],
  { forward, after, before }: PageBounds,
): PagePart[] {
  // Behind a row without a value there is none with one.
  if (after?.[0] === null) return [];
  const terms = [{ ...first, nullable: false }, ...rest];
  const bounds = { forward, after, before: before?.[0] === null ? undefined : before };
  return [
    {
      condition: and(sql`${first.expression} is not null`, between(terms, bounds)),
      orderBy: toOrderBy(terms, !forward),
    },
  ];
}

function toVoidPart<Row>(
  first: OrderTerm<Row>,
  rest: readonly OrderTerm<Row>[],
  { forward, after, before }: PageBounds,
): PagePart[] {
  // In front of a row with a value there is none without one.
  if (before !== undefined && before[0] !== null) return [];
  const bounds = {
    forward,
    after: after?.[0] === null ? after.slice(1) : undefined,
    before: before?.slice(1),
  };
  return [
    {
      condition: and(sql`${first.expression} is null`, between(rest, bounds)),
      // The first term is the same for all, but named so that the order is that of the index.
      orderBy: toOrderBy([{ ...first, nullable: false }, ...rest], !forward),
    },
  ];
}

function between<Row>(terms: readonly OrderTerm<Row>[], { after, before }: PageBounds): SQL | undefined {
  return and(
    after === undefined ? undefined : toKeyset(terms, after, 'after'),
    before === undefined ? undefined : toKeyset(terms, before, 'before'),
  );
}
