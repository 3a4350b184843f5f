// Live rows. A view reads its list together with the cursor of the log's head, and subscribes from
// that cursor. A subscription that ends is started again after the last cursor that it delivered,
// so nothing is missed and nothing is delivered twice:
//
//   waiting ─ cursor read ─► subscribed ─ ends ─► back-off ─► subscribed (after the last cursor)
//                                └─ BAD_CURSOR: the log no longer has the cursor ─► onLost

import type { AnyVariables, CombinedError, TypedDocumentNode } from '@urql/core';
import { useEffect, useRef } from 'preact/hooks';
import { client } from './client.ts';
import { setLive, setReconnecting } from './live-state.ts';
import { signInStore } from './session.ts';
import { useCaller } from './use-caller.ts';

/** One subscription of a view. */
export interface LiveFeed<Data, Variables> {
  document: TypedDocumentNode<Data, Variables>;
  /** Returns the variables of a subscription that starts after a cursor. */
  toVariables(after: string): Variables;
  /** The cursor that was read with the list; undefined until it is. */
  cursor: string | undefined;
  /** Handles a delivery. Returns its cursor. */
  onDelivery(data: Data): string;
  /** Reads the list and its cursor again, because deliveries may be missing. */
  onLost(): void;
}

/** The first and the longest delay before a subscription is started again. */
const BACK_OFF_MS = 250;
const MAX_BACK_OFF_MS = 5_000;
/** A subscription that runs for so long is open; the server has refused none of it. */
const SETTLED_MS = 300;

/** Subscribes while the view is shown, from the cursor on, whatever happens to the connection. */
export function useLiveFeed<Data, Variables extends AnyVariables>(feed: LiveFeed<Data, Variables>): void {
  const caller = useCaller();
  const latest = useRef(feed);
  latest.current = feed;
  const { cursor } = feed;
  const key = cursor === undefined ? '' : JSON.stringify(feed.toVariables(cursor));

  useEffect(() => {
    if (cursor === undefined) return undefined;
    let after = cursor;
    let delay = BACK_OFF_MS;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let settled: ReturnType<typeof setTimeout> | undefined;
    let running: { unsubscribe(): void } | undefined;
    let isEnded = false;

    const start = () => {
      timer = undefined;
      const { document, toVariables } = latest.current;
      let hasEnded = false;
      const end = (error: CombinedError) => {
        if (hasEnded || isEnded) return;
        hasEnded = true;
        clearTimeout(settled);
        running?.unsubscribe();
        const code = error.graphQLErrors[0]?.extensions.code;
        if (code === 'BAD_CURSOR') return latest.current.onLost();
        if (code === 'UNAUTHENTICATED') return signInStore.set(true);
        setReconnecting();
        timer = setTimeout(start, delay * (0.75 + Math.random() / 2));
        delay = Math.min(2 * delay, MAX_BACK_OFF_MS);
      };
      const source = client.subscription(document, toVariables(after));
      running = source.subscribe(({ data, error }) => {
        if (error !== undefined) return end(error);
        if (data === undefined || hasEnded) return undefined;
        after = latest.current.onDelivery(data);
        delay = BACK_OFF_MS;
        return setLive();
      });
      settled = setTimeout(setLive, SETTLED_MS);
    };
    const startNow = () => {
      if (timer === undefined) return;
      clearTimeout(timer);
      start();
    };
    start();
    addEventListener('online', startNow);
    return () => {
      isEnded = true;
      removeEventListener('online', startNow);
      clearTimeout(timer);
      clearTimeout(settled);
      running?.unsubscribe();
    };
  }, [caller, key]);
}
