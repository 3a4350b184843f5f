import type { SQLWrapper } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import { SORT_KEY_LENGTH, toSortKey } from '../../tables/columns.ts';
import type { OpenTerm } from './order.ts';
import type { OrderValue } from './page-cursor.ts';

/** The properties of a row with values of this type. */
type PropertyOf<Row, Value> = {
  [Property in keyof Row & string]: Row[Property] extends Value ? Property : never;
}[keyof Row & string];

/** Orders by an instant. */
export function byInstant<Row>(
  expression: SQLWrapper,
  property: PropertyOf<Row, string | null>,
  nullable = true,
): OpenTerm<Row> {
  return { expression, kind: 'instant', nullable, property, toValue: (row) => row[property] as OrderValue };
}

/** Orders by a whole number. */
export function byInteger<Row>(
  expression: SQLWrapper,
  property: PropertyOf<Row, number | null>,
  nullable = true,
): OpenTerm<Row> {
  return { expression, kind: 'integer', nullable, property, toValue: (row) => row[property] as OrderValue };
}

/** Orders by a case-folded text. Only the first characters of a long text count. */
export function byFoldedText<Row>(
  column: AnyPgColumn,
  property: PropertyOf<Row, string | null>,
): OpenTerm<Row> {
  return {
    expression: toSortKey(column),
    kind: 'text',
    nullable: true,
    property,
    toValue: (row) => {
      const folded = row[property] as string | null;
      return folded === null ? null : [...folded].slice(0, SORT_KEY_LENGTH).join('');
    },
  };
}

/** Orders by an id, by code point. */
export function byId<Row>(expression: SQLWrapper, property: PropertyOf<Row, string>): OpenTerm<Row> {
  return {
    expression,
    kind: 'text',
    nullable: false,
    property,
    toValue: (row) => row[property] as OrderValue,
  };
}
