import { useEffect, useRef } from 'preact/hooks';

/**
 * Returns a function that calls `action` soon after its first call, and then at most once per
 * `periodMs`. The last call is always followed by an action.
 */
export function useThrottled(action: () => void, periodMs: number): () => void {
  const latest = useRef(action);
  latest.current = action;
  const state = useRef<{ timer?: ReturnType<typeof setTimeout> | undefined; last: number }>({ last: 0 });
  useEffect(() => () => clearTimeout(state.current.timer), []);
  return () => {
    const { timer, last } = state.current;
    if (timer !== undefined) return;
    const delay = Math.max(50, last + periodMs - Date.now());
    state.current.timer = setTimeout(() => {
      state.current = { last: Date.now() };
      latest.current();
    }, delay);
  };
}
