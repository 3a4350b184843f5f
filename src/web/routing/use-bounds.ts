import { useEffect, useReducer } from 'preact/hooks';
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
