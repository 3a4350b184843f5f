import { useEffect, useMemo, useReducer } from 'preact/hooks';
import { usePlace } from './place.ts';
import { type Bounds, type Range, toBounds, toNextChange } from './range.ts';

/** Browsers fire timers with longer delays at once. */
const MAX_DELAY_MS = 2_000_000_000;

/** Returns the time range of the view, and renders again when a range that ends now moves on. */
export function useBounds(fallback: Range): Bounds {
  const [, renderAgain] = useReducer((count: number) => count + 1, 0);
  const bounds = toBounds(usePlace(), fallback, Date.now());
  const next = toNextChange(bounds);
  useEffect(() => {
    if (next === undefined) return undefined;
    const timer = setTimeout(() => renderAgain(undefined), Math.min(next - Date.now() + 50, MAX_DELAY_MS));
    return () => clearTimeout(timer);
  }, [next]);
  return bounds;
}

/**
 * Returns the filter of a list by the time range of the address, without a range everything. A
 * range that ends now has no end here, because later rows belong to the list, and it begins where
 * it began when the reader chose it, so that the list stays.
 */
export function useListRange(): { gte?: string; lt?: string } | undefined {
  const place = usePlace();
  const key = ['range', 'from', 'to'].map((name) => place.params.get(name)).join(' ');
  return useMemo(() => {
    const { range, gte, lt } = toBounds(place, 'all', Date.now());
    const end = range === 'custom' ? lt : undefined;
    if (gte === undefined && end === undefined) return undefined;
    return { ...(gte !== undefined && { gte }), ...(end !== undefined && { lt: end }) };
  }, [key]);
}
