import { useEffect, useState } from 'preact/hooks';

/** Below this width a row has two lines (styles/rows.css). */
const NARROW = matchMedia('(max-width: 859px)');

/** Returns the height of a list's rows in pixels; styles/rows.css fits the cells into it. */
export function useRowHeight(): number {
  const [isNarrow, setNarrow] = useState(NARROW.matches);
  useEffect(() => {
    const listener = () => setNarrow(NARROW.matches);
    NARROW.addEventListener('change', listener);
    return () => NARROW.removeEventListener('change', listener);
  }, []);
  return isNarrow ? 64 : 38;
}
