import { fromLocal, toLocal } from '../../app/switches/local-time.ts';

/** The instants that bound this month so far and last month. */
export interface Months {
  thisStart: string;
  lastStart: string;
  /** The instant of last month that is as long after its beginning as now is; at most its end. */
  lastSameTime: string;
}

/** Returns the months of an instant; they begin at midnight in a zone. */
export function toMonths(now: number, zone: string): Months {
  const [year = 0, month = 1] = toLocal(new Date(now).toISOString(), zone).split(/[-T]/).map(Number);
  const thisStart = toStart(year, month, zone);
  const lastStart = month === 1 ? toStart(year - 1, 12, zone) : toStart(year, month - 1, zone);
  const sameTime = Date.parse(lastStart) + now - Date.parse(thisStart);
  const lastSameTime = new Date(Math.min(sameTime, Date.parse(thisStart))).toISOString();
  return { thisStart, lastStart, lastSameTime };
}

function toStart(year: number, month: number, zone: string): string {
  const day = `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-01T00:00`;
  return fromLocal(day, zone) ?? new Date(0).toISOString();
}
