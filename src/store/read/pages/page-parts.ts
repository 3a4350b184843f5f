import { and, type SQL, sql } from 'drizzle-orm';
import { type OrderTerm, toKeyset, toOrderBy } from './keyset.ts';
import type { OrderValue } from './page-cursor.ts';

/** The parsed cursors of a page, and its direction. */
export interface PageBounds {
  forward: boolean;
  after: readonly OrderValue[] | undefined;
  before: readonly OrderValue[] | undefined;
}

/** A part of a page: a condition and an order that one index scan serves. */
export interface PagePart {
  condition: SQL | undefined;
  orderBy: SQL;
}

/** Returns the whole page as one part. */
export function toWholePart<Row>(terms: readonly OrderTerm<Row>[], bounds: PageBounds): PagePart {
  return { condition: between(terms, bounds), orderBy: toOrderBy(terms, !bounds.forward) };
}

/**
 * Returns the parts of a page in reading order. If the first term may be null, rows with and
 * without a value are separate parts. An index has each of them in order, but not both with nulls
 * last in either direction.
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
  // No row with a value follows a row without one.
  if (after?.[0] === null) return [];
  const terms = [{ ...first, nullable: false }, ...rest];
  const bounds = { forward, after, before: before?.[0] === null ? undefined : before };
  return [
    {
      condition: and(sql.raw(`${first.expression} is not null`), between(terms, bounds)),
      orderBy: toOrderBy(terms, !forward),
    },
  ];
}

function toVoidPart<Row>(
  first: OrderTerm<Row>,
  rest: readonly OrderTerm<Row>[],
  { forward, after, before }: PageBounds,
): PagePart[] {
  // No row without a value precedes a row with one.
  if (before !== undefined && before[0] !== null) return [];
  const bounds = {
    forward,
    after: after?.[0] === null ? after.slice(1) : undefined,
    before: before?.slice(1),
  };
  return [
    {
      condition: and(sql.raw(`${first.expression} is null`), between(rest, bounds)),
      // The first term is constant here. It is named so that the order equals that of the index.
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
