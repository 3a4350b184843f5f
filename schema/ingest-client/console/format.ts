/** A count with separators: 1,234,567. */
export function toCountText(count: number): string {
  return count.toLocaleString('en-US');
}

/** `1 event`, `2 events`. */
export function toEventsText(count: number): string {
  return `${toCountText(count)} ${count === 1 ? 'event' : 'events'}`;
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** A size in decimal units: 1.2 GB. */
export function toBytesText(bytes: number): string {
  let size = bytes;
  let unit = 0;
  for (; size >= 999.95 && unit < BYTE_UNITS.length - 1; unit += 1) size /= 1_000;
  return `${unit === 0 ? size : size.toFixed(1)} ${BYTE_UNITS[unit]}`;
}

/** A duration in its two largest units: 45 s, 3 min 20 s, 2 h 5 min. */
export function toDurationText(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes} min ${seconds % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Replaces characters that move the cursor of a terminal or start a line in foreign text. */
export function toPrintable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
}
