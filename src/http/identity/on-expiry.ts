/** The longest delay of a timer; Node treats a longer one as 1 ms. */
const MAX_DELAY_MS = 2_147_483_647;

/** Calls `listener` once at an instant, or never for undefined. Returns a function to cancel. */
export function onExpiry(expiresAt: number | undefined, listener: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  const wait = (until: number) => {
    const leftMs = until - Date.now();
    const next = () => (leftMs > MAX_DELAY_MS ? wait(until) : listener());
    timer = setTimeout(next, Math.min(Math.max(leftMs, 0), MAX_DELAY_MS)).unref();
  };
  if (expiresAt !== undefined) wait(expiresAt);
  return () => clearTimeout(timer);
}
