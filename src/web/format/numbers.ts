const whole = new Intl.NumberFormat('en');
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const percent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });

/** What is shown where there is no value. */
export const NONE = '–';

/** 12,345 */
export function formatCount(value: number | null | undefined): string {
  return value == null ? NONE : whole.format(value);
}

/** 12 of 48 → 25% */
export function formatShare(part: number, all: number): string {
  return all === 0 ? NONE : percent.format(part / all);
}

/** Milliseconds in at most two units: 940 ms, 12.3 s, 4 min 5 s, 2 h 3 min, 3 d 4 h. */
export function formatDuration(ms: number | null | undefined): string {
  if (ms == null) return NONE;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${short.format(ms / 1_000)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 3_600) return toUnits(seconds, 60, 'min', 's');
  const minutes = Math.round(ms / 60_000);
  return minutes < 1_440 ? toUnits(minutes, 60, 'h', 'min') : toUnits(Math.round(minutes / 60), 24, 'd', 'h');
}

function toUnits(value: number, size: number, large: string, small: string): string {
  const rest = value % size;
  return `${Math.floor(value / size)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}

const BYTE_UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes in decimal units: 18.3 MB. */
export function formatBytes(bytes: number | null | undefined): string {
  if (bytes == null) return NONE;
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 999.5 && unit < BYTE_UNITS.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${short.format(value)} ${BYTE_UNITS[unit]}`;
}
