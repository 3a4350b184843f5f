import type { CombinedError } from '@urql/core';
import { type ApiError, toApiError } from '../../data/api-error.ts';
import { client } from '../../data/client.ts';
import { formatCount } from '../../format/numbers.ts';
import { DiscardDocument, RetryDocument } from './quarantine-documents.ts';

/** How an action ended: a sentence for the reader, or the API's error. */
export type ActionResult = { text: string } | { error: ApiError };

/** The API takes at most this many ids per call (MAX_BATCH may be lower, the default is 1,000). */
const MOST_IDS = 100;

/** Tries items again; without ids, all of the tenant, call by call. */
export async function retryItems(ids?: readonly string[]): Promise<ActionResult> {
  let stored = 0;
  let kept = 0;
  let after: string | null = null;
  let rest = ids;
  do {
    const input: { ids?: string[]; after?: string } = rest
      ? { ids: rest.slice(0, MOST_IDS) }
      : { ...(after !== null && { after }) };
    const { data, error }: { data?: ResultData | undefined; error?: CombinedError | undefined } = await client
      .mutation(RetryDocument, { input })
      .toPromise();
    if (error !== undefined || data === undefined) return toFailure(error);
    const result = data.retryQuarantinedEvents;
    stored += result.stored + result.duplicates;
    kept += result.conflicts + result.quarantined + result.rejected;
    after = result.nextCursor;
    rest = rest?.slice(MOST_IDS);
  } while (rest ? rest.length > 0 : after !== null);
  return { text: `${toItems(stored)} left the quarantine, ${toItems(kept)} stayed.` };
}

interface ResultData {
  retryQuarantinedEvents: {
    stored: number;
    duplicates: number;
    conflicts: number;
    quarantined: number;
    rejected: number;
    nextCursor: string | null;
  };
}

/** Deletes items for good. */
export async function discardItems(ids: readonly string[]): Promise<ActionResult> {
  let discarded = 0;
  for (let start = 0; start < ids.length; start += MOST_IDS) {
    const input = { ids: ids.slice(start, start + MOST_IDS) };
    const { data, error } = await client.mutation(DiscardDocument, { input }).toPromise();
    if (error !== undefined || data === undefined) return toFailure(error);
    discarded += data.discardQuarantinedEvents.discarded;
  }
  return { text: `${toItems(discarded)} discarded.` };
}

function toFailure(error: CombinedError | undefined): ActionResult {
  return { error: error ? toApiError(error) : { code: 'BAD_ANSWER', message: 'No data.' } };
}

function toItems(count: number): string {
  return count === 1 ? '1 item' : `${formatCount(count)} items`;
}
