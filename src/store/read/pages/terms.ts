import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { SORT_KEY_LENGTH, toSortKey } from '../../tables/columns.ts';
import { listFieldsWith, requireColumn, type Subject } from '../subjects/subject.ts';
import type { OpenTerm, Ordering } from './order.ts';
import type { OrderValue, OrderValueKind } from './page-cursor.ts';

/** Orders by a column. An ordinal is always ascending. */
export function byColumn<Row>(table: PgTable, property: keyof Row & string): OpenTerm<Row> {
  const column = requireColumn(table, property);
  const kind = toValueKind(column);
  return {
    expression: column,
    kind,
    nullable: !column.notNull,
    property,
    toValue: (row) => row[property] as OrderValue,
    ...(kind === 'ordinal' && { fixed: 'asc' }),
  };
}

/** Orders by a case-folded text. Only the first characters of a long text count. */
function byFoldedText<Row>(table: PgTable, property: keyof Row & string): OpenTerm<Row> {
  return {
    ...byColumn<Row>(table, property),
    expression: toSortKey(requireColumn(table, property)),
    toValue: (row) => {
      const folded = row[property] as string | null;
      return folded === null ? null : [...folded].slice(0, SORT_KEY_LENGTH).join('');
    },
  };
}

function toValueKind(column: PgColumn): OrderValueKind {
  const type = column.getSQLType();
  if (type.startsWith('timestamp')) return 'instant';
  if (type === 'bigint') return 'integer';
  return type === 'integer' ? 'ordinal' : 'text';
}

/** The orders of a subject. Throws for an order by an expression, which no index can serve. */
export function toOrdering<Row>(subject: Subject): Ordering<Row> {
  const { table, key, fallback } = subject;
  const fields = listFieldsWith(subject, 'order').map(([name, field, [order]]): [string, OpenTerm<Row>] => {
    const by = field.kind === 'text' ? byFoldedText<Row> : byColumn<Row>;
    const property = (field.kind === 'text' ? field.folded : field.column) ?? name;
    if (typeof property !== 'string') throw new Error(`${order} is no order by a column.`);
    return [order, by(table, property as keyof Row & string)];
  });
  return {
    fields: Object.fromEntries(fields),
    key: key.map((property) => byColumn<Row>(table, property as keyof Row & string)),
    fallback,
  };
}
