import { insertMany } from '../database/bulk.ts';
import type { TenantDatabase } from '../database/database.ts';
import { type CoverageDay, coverage } from '../tables/log-tables.ts';

/** Stores days of one tenant, each named once. A day that is stored already is replaced. */
export function recordCoverage(
  { write, tenantId }: TenantDatabase,
  days: readonly CoverageDay[],
): Promise<void> {
  // Two calls that store the same days in different orders would deadlock.
  const ordered = days.toSorted((a, b) => (a.date < b.date ? -1 : 1));
  const rows = ordered.map((day) => ({ ...day, tenantId }));
  return write((transaction) => insertMany(transaction, coverage, rows, { overwrite: ['tenantId', 'date'] }));
}
