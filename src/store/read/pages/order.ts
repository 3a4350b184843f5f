import { Refusal } from '../../../domain/refusal.ts';
import type { OrderTerm } from './keyset.ts';

/** One wish of `orderBy`, as GraphQL gives it. */
export interface OrderInput {
  field: string;
  direction: 'ASC' | 'DESC';
}

/** A total order of a connection's rows. */
export interface Order<Row> {
  /** Names the order; cursors of another order do not fit. */
  order: string;
  terms: readonly OrderTerm<Row>[];
}

/** A term whose direction is chosen by the wish; one that is fixed keeps its own. */
export type OpenTerm<Row> = Omit<OrderTerm<Row>, 'direction'> & { fixed?: 'asc' };

/** How the rows of a connection can be ordered. */
export interface Ordering<Row> {
  fields: Readonly<Record<string, OpenTerm<Row>>>;
  /** The row's own key: breaks ties, so that every order is total. */
  key: readonly OpenTerm<Row>[];
  fallback: OrderInput;
}

/**
 * Makes a total order of what is wished for, in that order; the key breaks ties in the direction of the last wish, so that rows
 * can be compared as one. Without a wish the default. Throws BAD_USER_INPUT for more wishes than there are fields.
 */
export function toOrder<Row>(
  { fields, key, fallback }: Ordering<Row>,
  wishes: readonly OrderInput[] | null | undefined,
): Order<Row> {
  const orders = wishes && wishes.length > 0 ? wishes : [fallback];
  const most = Object.keys(fields).length;
  if (orders.length > most) throw new Refusal('BAD_USER_INPUT', `orderBy: more than ${most} orders.`);
  // A field wished for again decides nothing.
  const distinct = orders.filter(
    ({ field }, index) => orders.findIndex((other) => other.field === field) === index,
  );
  const terms = distinct.map(({ field, direction }) => {
    const term = fields[field];
    if (term === undefined) throw new Error(`There is no order by ${field}.`);
    return { ...term, direction: toLower(direction) };
  });
  const last = terms.at(-1)?.direction ?? 'asc';
  return {
    order: distinct.map(({ field, direction }) => `${field} ${direction}`).join(),
    terms: [...terms, ...key.map((term) => ({ ...term, direction: term.fixed ?? last }))],
  };
}

function toLower(direction: 'ASC' | 'DESC'): 'asc' | 'desc' {
  return direction === 'ASC' ? 'asc' : 'desc';
}
