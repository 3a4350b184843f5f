import { NONE } from './numbers.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

function toFormat(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([zone, options]);
  const format = formats.get(key) ?? new Intl.DateTimeFormat('en-GB', { timeZone: zone, ...options });
  formats.set(key, format);
  return format;
}

const DAY = { day: '2-digit', month: 'short' } as const;
const MINUTE = { hour: '2-digit', minute: '2-digit' } as const;

/** A day and month without a year means the last one. Before that the year is of more use. */
const LAST_DAYS_MS = 300 * 86_400_000;

/** 28 Nov, 09:30:05; 28 Nov 2021 if that is long ago. */
export function formatInstant(instant: string | null | undefined, zone: string): string {
  if (instant == null) return NONE;
  if (Math.abs(Date.now() - Date.parse(instant)) > LAST_DAYS_MS) {
    return toFormat(zone, { ...DAY, year: 'numeric' }).format(new Date(instant));
  }
  return toFormat(zone, { ...DAY, ...MINUTE, second: '2-digit' }).format(new Date(instant));
}

/** 28 November 2026 at 09:30:05 UTC */
export function formatFullInstant(instant: string, zone: string): string {
  return toFormat(zone, { dateStyle: 'long', timeStyle: 'long' }).format(new Date(instant));
}

/** 28 Nov, 09:30 */
export function formatMinute(instant: string, zone: string): string {
  return toFormat(zone, { ...DAY, ...MINUTE }).format(new Date(instant));
}

/** 28 Nov */
export function formatDayOfMonth(time: number, zone: string): string {
  return toFormat(zone, DAY).format(time);
}

/** 09:30 */
export function formatTimeOfDay(time: number, zone: string): string {
  return toFormat(zone, { ...MINUTE, hourCycle: 'h23' }).format(time);
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** The time since an instant in its largest unit: 5 min ago. */
export function formatAgo(instant: string, now: number): string {
  const ms = now - Date.parse(instant);
  const [unit, size] = UNITS.find(([, length]) => ms >= length) ?? ['s', 1_000];
  return ms < 1_000 ? 'now' : `${Math.floor(ms / size)} ${unit} ago`;
}
