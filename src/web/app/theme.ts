import { createStore } from '../data/store.ts';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'theme';
const stored = localStorage.getItem(KEY);

/** The reader's choice of colours; it stays on this machine and is not part of the address. */
export const themeStore = createStore<Theme>(stored === 'light' || stored === 'dark' ? stored : 'system');

/** Shows the chosen colours, and stores the choice. */
export function applyTheme(): void {
  const theme = themeStore.get();
  if (theme === 'system') localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme);
  document.documentElement.dataset.theme = theme;
}

themeStore.follow(applyTheme);

/** Calls `listener` when the colours change, by the switch or by the system. Returns how to end. */
export function followColours(listener: () => void): () => void {
  const query = matchMedia('(prefers-color-scheme: dark)');
  query.addEventListener('change', listener);
  const unfollow = themeStore.follow(listener);
  return () => {
    query.removeEventListener('change', listener);
    unfollow();
  };
}
