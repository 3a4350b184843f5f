import { type LiveState, liveStore } from '../data/live-state.ts';
import { useStore } from '../data/store.ts';

const TEXTS: Readonly<Record<LiveState, string>> = {
  live: 'Live',
  reconnecting: 'Connecting…',
  offline: 'Offline',
};

/** The state of the page's WebSocket. */
export function LiveIndicator() {
  const state = useStore(liveStore);
  return (
    <span class="live-state" role="status" data-testid="live-state" data-state={state}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        {state === 'live' && <circle cx="6" cy="6" r="4" />}
        {state === 'reconnecting' && <path d="M6 2a4 4 0 1 1-4 4" />}
        {state === 'offline' && <path d="m2.5 2.5 7 7m0-7-7 7" />}
      </svg>
      {TEXTS[state]}
    </span>
  );
}
