import { SQL } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { toText } from '../../database/drizzle-internals.ts';
import { SORT_KEY_LENGTH, toSortKey } from '../../tables/columns.ts';
import { type Field, listFieldsWith, requireColumn, type Subject } from '../subjects/subject.ts';
import type { OpenTerm, Ordering } from './order.ts';
import type { OrderValue, OrderValueKind } from './page-cursor.ts';

/** Orders by a column. An ordinal is always ascending. */
export function byColumn<Row>(table: PgTable, property: keyof Row & string): OpenTerm<Row> {
  const column = requireColumn(table, property);
  const kind = toValueKind(column);
  return {
    expression: toText(column),
    kind,
    nullable: !column.notNull,
    property,
    column,
    toValue: (row) => row[property] as OrderValue,
    ...(kind === 'ordinal' && { fixed: 'asc' }),
  };
}

/** Orders by a case-folded text. Only the first characters of a long text count. */
function byFoldedText<Row>(property: string, folded: PgColumn | SQL): OpenTerm<Row> {
  return {
    expression: toText(toSortKey(folded)),
    kind: 'text',
    nullable: folded instanceof SQL || !folded.notNull,
    property,
    column: folded,
    toValue: (row) => {
      const text = (row as Record<string, unknown>)[property] as string | null;
      return text === null ? null : [...text].slice(0, SORT_KEY_LENGTH).join('');
    },
  };
}

function toValueKind(column: PgColumn): OrderValueKind {
  const type = column.getSQLType();
  if (type.startsWith('timestamp')) return 'instant';
  if (type === 'bigint') return 'integer';
  return type === 'integer' ? 'ordinal' : 'text';
}

/**
 * The orders of a subject. Throws for an order by an expression that is no text: no index can serve
 * it.
 */
export function toOrdering<Row>(subject: Subject): Ordering<Row> {
  const { table, key, fallback } = subject;
  const toTerm = (name: string, order: string, field: Field): OpenTerm<Row> => {
    const { kind, column = name, folded = name } = field;
    if (kind !== 'text') return byColumn(table, requireName(column, order) as keyof Row & string);
    return typeof folded === 'string'
      ? byFoldedText(folded, requireColumn(table, folded))
      : byFoldedText(`${name}Key`, folded);
  };
  const fields = listFieldsWith(subject, 'order').map(([name, field, [order]]): [string, OpenTerm<Row>] => [
    order,
    toTerm(name, order, field),
  ]);
  return {
    fields: Object.fromEntries(fields),
    key: key.map((property) => byColumn<Row>(table, property as keyof Row & string)),
    fallback,
  };
}

function requireName(column: string | SQL, order: string): string {
  if (typeof column === 'string') return column;
  throw new Error(`${order} is no order by a column.`);
}
