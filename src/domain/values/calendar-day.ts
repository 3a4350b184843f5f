import { parseInstant, toInstant } from './instant.ts';

/** A UTC day of the calendar as text: `2026-11-28`. Days sort by time. */
export type Day = string & { readonly __day: unique symbol };

const DAY_MS = 86_400_000;

/** Parses a day of the calendar in the years 1 to 9999. Returns undefined for every other text. */
export function parseDay(text: string): Day | undefined {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && parseInstant(text) !== undefined ? (text as Day) : undefined;
}

/** Returns the day that contains an instant in milliseconds since 1970. */
export function toDay(ms: number): Day {
  return toInstant(ms).slice(0, 10) as Day;
}

/** Returns the first instant of a day in milliseconds since 1970. */
export function toStartMs(day: Day): number {
  return Date.parse(`${day}T00:00:00.000Z`);
}

/** Returns the first instant after a day in milliseconds since 1970. */
export function toEndMs(day: Day): number {
  return toStartMs(day) + DAY_MS;
}

/** Lists the days from the first to the last, both included. */
export function listDays(from: Day, to: Day): Day[] {
  const days: Day[] = [];
  for (let ms = toStartMs(from); ms <= toStartMs(to); ms += DAY_MS) days.push(toDay(ms));
  return days;
}

/** Returns the number of days from the first to the last, both included. */
export function countDays(from: Day, to: Day): number {
  return (toStartMs(to) - toStartMs(from)) / DAY_MS + 1;
}
