import { and, or, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { join } from '../../database/bulk.ts';
import type { OrderValue, OrderValueKind } from './page-cursor.ts';

/** One term of a total order. Nulls sort last in both directions. */
export interface OrderTerm<Row> {
  /** SQL without parameters. */
  expression: string;
  direction: 'asc' | 'desc';
  nullable: boolean;
  kind: OrderValueKind;
  /** The property of the row that the value is derived from, and what it is read from. */
  property: string;
  column: PgColumn | SQL;
  /** Returns the row's value of the expression. */
  toValue: (row: Row) => OrderValue;
}

/** Returns ORDER BY for the terms, or for their reverse. */
export function toOrderBy<Row>(terms: readonly OrderTerm<Row>[], reverse: boolean): SQL {
  const texts = terms.map(({ expression, direction, nullable }) => {
    const ascending = (direction === 'asc') !== reverse;
    const nulls = nullable ? (reverse ? ' nulls first' : ' nulls last') : '';
    return `${expression} ${ascending ? 'asc' : 'desc'}${nulls}`;
  });
  return sql.raw(texts.join(', '));
}

/**
 * Returns the condition for the rows after or before a cursor's values. Leading terms that have one
 * direction and are never null become one row comparison. An index can start there, so the depth of
 * a page costs nothing.
 */
export function toKeyset<Row>(
  terms: readonly OrderTerm<Row>[],
  values: readonly OrderValue[],
  side: 'after' | 'before',
): SQL | undefined {
  const lead = terms.findIndex(({ nullable, direction }) => nullable || direction !== terms[0]?.direction);
  const leading = lead === -1 ? terms : terms.slice(0, lead);
  const operator = (leading[0]?.direction === 'asc') === (side === 'after') ? '>' : '<';
  if (leading.length === terms.length) return compareRows(leading, values, operator);
  const bound = leading.length > 0 ? compareRows(leading, values, `${operator}=`) : undefined;
  const steps = terms.map((term, index) =>
    and(
      ...terms.slice(0, index).map((prior, place) => isEqual(prior, values[place] ?? null)),
      isBeyond(term, values[index] ?? null, side),
    ),
  );
  return and(bound, or(...steps));
}

function compareRows<Row>(
  terms: readonly OrderTerm<Row>[],
  values: readonly OrderValue[],
  operator: string,
): SQL {
  const columns = sql.raw(terms.map(({ expression }) => expression).join(', '));
  const bounds = join(terms.map((_, index) => sql`${values[index]}`));
  return sql`(${columns}) ${sql.raw(operator)} (${bounds})`;
}

function isEqual<Row>({ expression }: OrderTerm<Row>, value: OrderValue): SQL {
  return value === null ? sql.raw(`${expression} is null`) : sql`${sql.raw(expression)} = ${value}`;
}

function isBeyond<Row>(
  { expression, direction, nullable }: OrderTerm<Row>,
  value: OrderValue,
  side: string,
): SQL {
  if (value === null) return side === 'after' ? sql`false` : sql.raw(`${expression} is not null`);
  const operator = (direction === 'asc') === (side === 'after') ? '>' : '<';
  const beyond = sql`${sql.raw(`${expression} ${operator}`)} ${value}`;
  return nullable && side === 'after' ? sql`(${beyond} or ${sql.raw(expression)} is null)` : beyond;
}
