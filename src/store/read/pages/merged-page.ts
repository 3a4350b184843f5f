import { compareCodePoints } from '../../../domain/values/text.ts';
import type { OrderTerm } from './keyset.ts';
import { type Listing, type ListingRequest, listPage, type Page } from './list-page.ts';

/**
 * Reads a page of several listings as if they were one. All belong to one connection and have one
 * order without nulls. Each listing is a key range of its own in the index: the index holds the
 * rows of each tenant, and of items without a tenant, in order, but not those of several together.
 */
export async function listMergedPage<Row>(
  listings: readonly Listing<Row>[],
  request: ListingRequest,
): Promise<Page<Row>> {
  const { size, forward } = request;
  const pages = await Promise.all(listings.map((listing) => listPage(listing, request)));
  const terms = listings[0]?.terms ?? [];
  const rows = pages.flatMap((page) => page.rows).sort((a, b) => compareRows(terms, a, b));
  const isCut = rows.length > size;
  return {
    rows: forward ? rows.slice(0, size) : rows.slice(-size),
    hasNextPage: (forward && isCut) || pages.some((page) => page.hasNextPage),
    hasPreviousPage: (!forward && isCut) || pages.some((page) => page.hasPreviousPage),
    toCursor: pages[0]?.toCursor ?? (() => ''),
  };
}

function compareRows<Row>(terms: readonly OrderTerm<Row>[], a: Row, b: Row): number {
  for (const { toValue, direction } of terms) {
    const [left, right] = [toValue(a), toValue(b)];
    const order =
      typeof left === 'number' ? left - Number(right) : compareCodePoints(String(left), String(right));
    if (order !== 0) return direction === 'asc' ? order : -order;
  }
  return 0;
}
