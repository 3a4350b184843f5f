import type { Bounds } from '../../routing/range.ts';

const DAY_MS = 86_400_000;
/** The API answers for at most this many days at once. */
export const MOST_DAYS = 400;

/** The UTC days of a calendar, both included: 2026-11-28. */
export interface DayRange {
  from: string;
  to: string;
  /** Whether the range of the address is longer. */
  isCut: boolean;
}

/** Returns the UTC days that a range touches; the last ones if they are too many. */
export function toDays({ gte, lt }: Pick<Bounds, 'gte' | 'lt'>, now: number): DayRange {
  const last = lt === undefined ? now : Date.parse(lt) - 1;
  const to = toDay(Math.min(last, now));
  const earliest = toDay(Date.parse(to) - (MOST_DAYS - 1) * DAY_MS);
  const first = gte === undefined ? earliest : gte.slice(0, 10);
  const from = first < earliest ? earliest : first;
  return { from: from > to ? to : from, to, isCut: gte !== undefined && first < earliest };
}

/** The days of one month of a calendar. */
export interface MonthDays {
  /** 2026-11 */
  month: string;
  /** The number of empty places before the first day; a week begins on Monday. */
  offset: number;
  days: string[];
}

/** Lists the months that have days of a range, the newest first. */
export function listMonths({ from, to }: Pick<DayRange, 'from' | 'to'>): MonthDays[] {
  const months: MonthDays[] = [];
  for (let time = Date.parse(from); time <= Date.parse(to); time += DAY_MS) {
    const day = toDay(time);
    const month = day.slice(0, 7);
    const last = months.at(-1);
    if (last?.month === month) last.days.push(day);
    else months.push({ month, offset: (new Date(time).getUTCDay() + 6) % 7, days: [day] });
  }
  return months.reverse();
}

/** 2026-11-28 */
export function toDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
