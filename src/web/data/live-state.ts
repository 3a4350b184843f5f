import { createStore } from './store.ts';

/** The state of the page's WebSocket, for the reader. */
export type LiveState = 'live' | 'reconnecting' | 'offline';

export const liveStore = createStore<LiveState>('reconnecting');

/** After so long without a connection, the page calls itself offline. */
const OFFLINE_MS = 10_000;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Records that the WebSocket is open and acknowledged. */
export function setLive(): void {
  clearTimeout(timer);
  timer = undefined;
  liveStore.set('live');
}

/** Records that there is no WebSocket, and that the page tries to open one. */
export function setReconnecting(): void {
  if (!navigator.onLine) liveStore.set('offline');
  if (liveStore.get() === 'offline') return;
  timer ??= setTimeout(() => liveStore.set('offline'), OFFLINE_MS);
  liveStore.set('reconnecting');
}
