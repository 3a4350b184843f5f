import { and, type SQL } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import type { TenantDatabase } from '../database/database.ts';
import { compileFilter, type FilterInput, type FilterSubject } from './filters/filter.ts';
import { toFilterFields } from './filters/filter-subjects.ts';
import { type KeyedFilter, type MatchTable, toKeyed } from './match-filters.ts';
import type { OrderTerm } from './pages/keyset.ts';
import type { Listing, ListingArguments } from './pages/list-page.ts';
import { toOrder } from './pages/order.ts';
import type { Columns } from './pages/select-rows.ts';
import { toOrdering } from './pages/terms.ts';
import { requireColumn, type Subject } from './subjects/subject.ts';

/** What clients can do with the rows of a subject. */
export interface Reader<Row> {
  /** Lists rows of a tenant. `condition` is a further condition. */
  toListing(
    connection: string,
    database: TenantDatabase,
    args?: ListingArguments,
    condition?: SQL,
  ): Listing<Row>;
  /** Compiles a filter for `matchFilters`. Throws BAD_USER_INPUT. */
  compileFilter(where: FilterInput | null | undefined): KeyedFilter | undefined;
  /** The table that subscriptions match rows in. */
  matchTable: MatchTable;
}

/**
 * Creates the reader of a subject. `columns` are read of each row, and `fields` are those of the
 * filter.
 */
export function createReader<Row>(
  subject: Subject,
  columns: Record<string, PgColumn>,
  fields: FilterSubject = toFilterFields(subject),
): Reader<Row> {
  const { table, key } = subject;
  const ordering = toOrdering<Row>(subject);
  return {
    toListing(connection, database, { where, orderBy } = {}, condition) {
      const order = toOrder(ordering, orderBy);
      return {
        connection,
        database,
        table,
        columns: { ...columns, ...toColumns(order.terms) },
        where: and(condition, compileFilter(where, fields)),
        isFixed: !where,
        ...order,
      };
    },
    compileFilter: (where) => toKeyed(where, compileFilter(where, fields)),
    matchTable: { table, key: requireColumn(table, key[0] ?? ''), columns },
  };
}

/** The columns of an order, which cursors contain. */
function toColumns(terms: readonly Pick<OrderTerm<never>, 'property' | 'column'>[]): Columns {
  return Object.fromEntries(terms.map(({ property, column }) => [property, column]));
}
