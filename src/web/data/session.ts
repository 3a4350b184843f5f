import { createStore } from './store.ts';

const TOKEN = 'token';

/**
 * The bearer token, in sessionStorage only: it ends with the tab, and no URL contains it.
 * Undefined on an open server and before sign-in.
 */
export const tokenStore = createStore<string | undefined>(sessionStorage.getItem(TOKEN) ?? undefined);

/** Whether the API refused the last request for want of a valid token. */
export const signInStore = createStore(false);

/** Stores a token for this tab. */
export function signIn(token: string): void {
  sessionStorage.setItem(TOKEN, token);
  signInStore.set(false);
  tokenStore.set(token);
}

/** Deletes the token of this tab. */
export function signOut(): void {
  sessionStorage.removeItem(TOKEN);
  tokenStore.set(undefined);
  signInStore.set(true);
}
