/** A horizontal bar: the share of `value` in `most`. The number stands beside it as text. */
export function Bar({ value, most }: { value: number; most: number }) {
  const share = most === 0 ? 0 : (100 * value) / most;
  return (
    <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" data-value={value}>
      <rect class="bar-back" width="100" height="8" />
      <rect class="bar-front" width={value > 0 ? Math.max(share, 0.7) : 0} height="8" />
    </svg>
  );
}
