import type { SQLWrapper } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type { Instant } from '../../domain/instant.ts';
import { SORT_KEY_LENGTH, toSortKey } from '../columns.ts';
import type { OpenTerm } from './order.ts';

/** Orders by an instant. */
export function byInstant<Row>(
  expression: SQLWrapper,
  toValue: (row: Row) => Instant | null,
  nullable = true,
): OpenTerm<Row> {
  return { expression, kind: 'instant', nullable, toValue };
}

/** Orders by a whole number. */
export function byInteger<Row>(
  expression: SQLWrapper,
  toValue: (row: Row) => number | null,
  nullable = true,
): OpenTerm<Row> {
  return { expression, kind: 'integer', nullable, toValue };
}

/** Orders by a text that is folded for case already; of a long one its beginning counts. */
export function byFoldedText<Row>(column: AnyPgColumn, toValue: (row: Row) => string | null): OpenTerm<Row> {
  return {
    expression: toSortKey(column),
    kind: 'text',
    nullable: true,
    toValue: (row) => {
      const folded = toValue(row);
      return folded === null ? null : [...folded].slice(0, SORT_KEY_LENGTH).join('');
    },
  };
}

/** Orders by an id, by code point. */
export function byId<Row>(expression: SQLWrapper, toValue: (row: Row) => string): OpenTerm<Row> {
  return { expression, kind: 'text', nullable: false, toValue };
}
