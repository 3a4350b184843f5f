import type { Random } from './random.ts';
import type { Schedule } from './tenants.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
/** The weekday of the first day of 1970; 0 is Sunday. */
const THURSDAY = 4;

/** Lists the moments of a schedule, as milliseconds from `fromMs` to before `toMs`, in order. */
export function listMoments(schedule: Schedule, fromMs: number, toMs: number, random: Random): number[] {
  // Every schedule has its own minute, and nightly ones their own hour.
  const minuteMs = random.below(60) * 60_000;
  const nightHour = 1 + random.below(5);
  const weekday = 1 + random.below(5);
  const moments: number[] = [];
  for (let hour = Math.floor(fromMs / HOUR_MS); hour * HOUR_MS < toMs; hour += 1) {
    const hourMs = hour * HOUR_MS;
    const place = { hour: hour % 24, day: (Math.floor(hour / 24) + THURSDAY) % 7, nightHour, weekday };
    const count = countIn(schedule, place, random);
    for (let index = 0; index < count; index += 1) {
      const isScheduled = schedule !== 'webhook' && schedule !== 'by hand';
      const ms = hourMs + (isScheduled ? minuteMs : random.below(HOUR_MS));
      if (ms >= fromMs && ms < toMs) moments.push(ms);
    }
  }
  return moments.toSorted((a, b) => a - b);
}

/** The hour of a moment, and the choices of its schedule. */
interface Place {
  hour: number;
  /** 0 is Sunday. */
  day: number;
  nightHour: number;
  weekday: number;
}

/** Returns how often something runs in an hour. */
function countIn(schedule: Schedule, { hour, day, nightHour, weekday }: Place, random: Random): number {
  const isWorkday = day >= 1 && day <= 5;
  const isWorkHour = isWorkday && hour >= 7 && hour < 18;
  switch (schedule) {
    case 'hourly':
      return 1;
    case 'every 6 hours':
      return Number(hour % 6 === nightHour);
    case 'business hours':
      return Number(isWorkHour);
    case 'nightly':
      return Number(hour === nightHour);
    case 'weekdays':
      return Number(isWorkday && hour === 5 + (nightHour % 3));
    case 'weekly':
      return Number(day === weekday && hour === nightHour);
    case 'webhook':
      return random.below(100) < (isWorkHour ? 14 : 2) ? 1 + random.zipf(3) : 0;
    case 'by hand':
      return Number(isWorkHour && random.below(100) < 4);
  }
}
