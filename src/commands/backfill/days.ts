import { parseInstant, toInstant } from '../../domain/values/instant.ts';

/** A UTC day: `2026-11-28`. Days sort by time. */
export type Day = string & { readonly __day: unique symbol };

const DAY_MS = 86_400_000;

/** Parses a day of the calendar. Returns undefined for every other text. */
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
  for (let day = from; day <= to; day = toDay(toEndMs(day))) days.push(day);
  return days;
}
