import { Refusal } from '../domain/refusal.ts';
import type { Day } from '../domain/values/calendar-day.ts';
import { toInstant } from '../domain/values/instant.ts';
import { isId } from '../domain/values/text.ts';
import type { TenantDatabases } from '../store/database/database.ts';
import type { CoverageDay } from '../store/tables/log-tables.ts';
import { recordCoverage } from '../store/write/record-coverage.ts';

const MAX_DAYS = 1_000;

/** What a client says about a day of a tenant. */
export interface DayToRecord {
  tenantId: string;
  date: Day;
  upstreamCount: number;
  storedCount: number;
}

/** A day with the tenant that it belongs to. */
export type RecordedDay = CoverageDay & { tenantId: string };

/**
 * Stores days that were compared with the audit log. Of two entries for one day the last counts.
 * Returns them in the order given, each day once. Throws BAD_USER_INPUT or BATCH_TOO_LARGE for an
 * unusable list, and FORBIDDEN if the caller may not write to a tenant; nothing is stored then.
 */
export async function recordDays(
  database: TenantDatabases,
  days: readonly DayToRecord[],
  mayWrite: (tenantId: string) => boolean,
): Promise<RecordedDay[]> {
  if (days.length === 0) throw new Refusal('BAD_USER_INPUT', 'days: send at least one day.');
  if (days.length > MAX_DAYS) {
    throw new Refusal('BATCH_TOO_LARGE', `days: ${days.length} days are more than ${MAX_DAYS} at once.`);
  }
  for (const [index, day] of days.entries()) checkDay(day, `days[${index}]`);
  if (!days.every(({ tenantId }) => mayWrite(tenantId))) {
    throw new Refusal('FORBIDDEN', 'You may not write to this tenant.');
  }
  const checkedAt = toInstant(Date.now());
  const recorded = new Map<string, RecordedDay>();
  for (const day of days) recorded.set(JSON.stringify([day.tenantId, day.date]), { ...day, checkedAt });
  const all = [...recorded.values()];
  for (const tenantId of new Set(all.map((day) => day.tenantId))) {
    const own = all.filter((day) => day.tenantId === tenantId);
    await recordCoverage(database.forTenant(tenantId), own);
  }
  return all;
}

function checkDay({ tenantId, upstreamCount, storedCount }: DayToRecord, place: string): void {
  if (!isId(tenantId)) throw new Refusal('BAD_USER_INPUT', `${place}.tenantId: this is not a tenant id.`);
  if (upstreamCount < 0 || storedCount < 0) {
    throw new Refusal('BAD_USER_INPUT', `${place}: a count cannot be negative.`);
  }
  if (storedCount > upstreamCount) {
    throw new Refusal('BAD_USER_INPUT', `${place}: storedCount cannot be above upstreamCount.`);
  }
}
