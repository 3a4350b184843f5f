import { LiveEventsDocument, LogHeadDocument } from './live-events-documents.ts';
import { useLiveFeed } from './live-feed.ts';
import { useQuery } from './use-query.ts';

/**
 * Calls `onEvent` for each event that is stored while the view is shown. For views that read their
 * numbers again rather than show the events; they throttle the reads with `useThrottled`.
 */
export function useLiveEvents(onEvent: () => void): void {
  const { data, reload } = useQuery(LogHeadDocument, {});
  useLiveFeed({
    document: LiveEventsDocument,
    toVariables: (after) => ({ after }),
    cursor: data?.eventLog.headCursor,
    onDelivery({ eventStored: { cursor } }) {
      onEvent();
      return cursor;
    },
    onLost: reload,
  });
}
