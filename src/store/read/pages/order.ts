import { Refusal } from '../../../domain/refusal.ts';
import type { OrderTerm } from './keyset.ts';

/** One element of `orderBy`, from GraphQL. */
export interface OrderInput {
  field: string;
  direction: 'ASC' | 'DESC';
}

/** A total order of a connection's rows. */
export interface Order<Row> {
  /** The name of the order. Its cursors do not fit other orders. */
  order: string;
  terms: readonly OrderTerm<Row>[];
}

/** A term without a direction. `fixed` terms always have their own. */
export type OpenTerm<Row> = Omit<OrderTerm<Row>, 'direction'> & { fixed?: 'asc' };

/** The orders that a connection offers. */
export interface Ordering<Row> {
  fields: Readonly<Record<string, OpenTerm<Row>>>;
  /** The row's key. It breaks ties, so every order is total. */
  key: readonly OpenTerm<Row>[];
  fallback: OrderInput;
}

/**
 * Converts `orderBy` to a total order. The key breaks ties in the direction of the last element, so
 * rows can be compared as one value. Without elements, the fallback applies. Throws BAD_USER_INPUT
 * for more elements than there are fields.
 */
export function toOrder<Row>(
  { fields, key, fallback }: Ordering<Row>,
  inputs: readonly OrderInput[] | null | undefined,
): Order<Row> {
  const orders = inputs && inputs.length > 0 ? inputs : [fallback];
  const distinct = toDistinctOrders(orders, Object.keys(fields).length);
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

/**
 * Returns the first element of each field, because a repeated field changes nothing. Throws
 * BAD_USER_INPUT for more than `most` elements.
 */
export function toDistinctOrders(orders: readonly OrderInput[], most: number): OrderInput[] {
  if (orders.length > most) throw new Refusal('BAD_USER_INPUT', `orderBy: more than ${most} orders.`);
  return orders.filter(({ field }, index) => orders.findIndex((other) => other.field === field) === index);
}

function toLower(direction: 'ASC' | 'DESC'): 'asc' | 'desc' {
  return direction === 'ASC' ? 'asc' : 'desc';
}
