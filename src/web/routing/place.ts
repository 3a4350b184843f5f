import { createStore, useStore } from '../data/store.ts';

/** What the address bar shows: the path, and the state of the view as parameters. */
export interface Place {
  path: string;
  params: URLSearchParams;
}

const readPlace = (): Place => ({
  path: location.pathname,
  params: new URLSearchParams(location.search),
});

/** How far each entry of the history was scrolled. */
const scrolled = new Map<number, number>();
let entry = 0;
let newestEntry = 0;

/** Set while the view of the entry before is still shown: scrolling is not of this entry. */
let isLeaving = false;

/** Returns how far the page was scrolled when the reader left this entry of the history. */
export function takeScroll(): number {
  isLeaving = false;
  return scrolled.get(entry) ?? 0;
}

/** Returns the new place, and records whether another view will be shown. */
function readNextPlace(): Place {
  const next = readPlace();
  isLeaving = next.path !== placeStore.get().path;
  return next;
}

export const placeStore = createStore<Place>(readPlace());

/** Parameters that a link to another view keeps. */
const KEPT = ['tenant', 'zone', 'range', 'from', 'to'];

/** Changes of parameters: null deletes one. */
export type ParamChanges = Readonly<Record<string, string | null>>;

/** Returns the place of the address bar; follows it. */
export function usePlace(): Place {
  return useStore(placeStore);
}

/** Shows another place. `isReplaced` does not add an entry to the history. */
export function navigate(href: string, isReplaced = false): void {
  if (!isReplaced) {
    newestEntry += 1;
    entry = newestEntry;
  }
  history[isReplaced ? 'replaceState' : 'pushState']({ entry }, '', href);
  placeStore.set(readNextPlace());
}

/** Changes parameters of this place. The view stays. */
export function setParams(changes: ParamChanges, isReplaced = false): void {
  navigate(toHref(location.pathname, new URLSearchParams(location.search), changes), isReplaced);
}

/** Shows a range that was chosen on a chart, in place of the range that ends now. */
export function showRange(from: string, to: string): void {
  setParams({ from, to, range: null });
}

/** Returns the address of a view with the tenant, the zone and the range of this place. */
export function linkTo(path: string, changes: ParamChanges = {}): string {
  const { params } = placeStore.get();
  if (keptParams?.of !== params) {
    const kept = [...params].filter(([name]) => KEPT.includes(name));
    keptParams = { of: params, search: toHref('', new URLSearchParams(kept), {}) };
  }
  if (Object.keys(changes).length === 0) return path + keptParams.search;
  return toHref(path, new URLSearchParams(keptParams.search), changes);
}

/** The parameters of the current place that links keep; views contain hundreds of links. */
let keptParams: { of: URLSearchParams; search: string } | undefined;

function toHref(path: string, params: URLSearchParams, changes: ParamChanges): string {
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') params.delete(name);
    else params.set(name, value);
  }
  const search = params.toString().replaceAll('%2C', ',').replaceAll('%3A', ':').replaceAll('%2F', '/');
  return search === '' ? path : `${path}?${search}`;
}

/** Takes the number of the entry that is shown. The browser keeps it when the page is reloaded. */
function readEntry(state: { entry?: unknown } | null): void {
  entry = Number(state?.entry ?? 0);
  newestEntry = Math.max(newestEntry, entry);
}

/** Follows the history, and handles clicks on links to views. Called once. */
export function startRouting(): void {
  history.scrollRestoration = 'manual';
  readEntry(history.state);
  const recordScroll = () => isLeaving || scrolled.set(entry, scrollY);
  addEventListener('scroll', recordScroll, { passive: true });
  addEventListener('popstate', ({ state }) => {
    readEntry(state);
    placeStore.set(readNextPlace());
  });
  addEventListener('click', (event) => {
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const href = link?.getAttribute('href');
    if (!isPlain || event.defaultPrevented || link?.target || !href?.startsWith('/')) return;
    if (href.startsWith('/graphql')) return;
    event.preventDefault();
    navigate(href);
  });
}
