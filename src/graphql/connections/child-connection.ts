import DataLoader from 'dataloader';
import type { TenantDatabase } from '../../store/database/database.ts';
import {
  countRows,
  countRowsOf,
  type Listing,
  type ListingRequest,
  listPage,
  listPagesOf,
  narrowTo,
  type Page,
  type Parents,
  parseListingRequest,
  toEmptyPage,
} from '../../store/read/pages/list-page.ts';
import type { PageArguments } from '../../store/read/pages/page-arguments.ts';
import type { GraphContext } from '../context.ts';
import type { Batches } from './batches.ts';
import type { Connection } from './connection.ts';

/**
 * The connection of one parent's rows. Parents that ask for the same field with the same
 * arguments at the same moment are answered with one statement. Throws BAD_USER_INPUT and
 * BAD_CURSOR for invalid page arguments.
 */
export function toChildConnection<Row, Args extends PageArguments>(
  { database, children }: GraphContext,
  parent: { tenantId: string; id: string; column: Parents['column'] },
  args: Args,
  toListing: (database: TenantDatabase, args: Args) => Listing<Row>,
): Connection<Row> {
  const listing = toListing(database.forTenant(parent.tenantId), args);
  const request = parseListingRequest(listing, args);
  const columns = Object.keys(listing.columns);
  const key = JSON.stringify([listing.connection, parent.tenantId, args, columns]);
  const batches = children.get(key) ?? createBatches(listing, parent.column, request);
  children.set(key, batches);
  let page: Promise<Page<Row>> | undefined;
  return {
    page: () => (page ??= batches.pages.load(parent.id) as Promise<Page<Row>>),
    count: () => batches.counts.load(parent.id),
  };
}

function createBatches<Row>(
  listing: Listing<Row>,
  column: Parents['column'],
  request: ListingRequest,
): Batches {
  return {
    pages: new DataLoader(
      async (ids) => {
        const [only] = ids;
        if (ids.length === 1 && only !== undefined) {
          return [await listPage(narrowTo(listing, column, only), request)];
        }
        const pages = await listPagesOf(listing, { column, ids: [...new Set(ids)] }, request);
        return ids.map((id) => pages.get(id) ?? toEmptyPage<Row>(request));
      },
      { cache: false },
    ),
    counts: new DataLoader(
      async (ids) => {
        const [only] = ids;
        if (ids.length === 1 && only !== undefined) {
          return [await countRows(narrowTo(listing, column, only))];
        }
        const counts = await countRowsOf(listing, { column, ids: [...new Set(ids)] });
        return ids.map((id) => counts.get(id) ?? 0);
      },
      { cache: false },
    ),
  };
}
