import DataLoader from 'dataloader';
import type { FilterInput } from '../store/read/filters/filter.ts';
import type { Parents } from '../store/read/pages/list-page.ts';
import { readStatsOf, toEmptyStats } from '../store/read/statistics/stats.ts';
import type { StatsRequest, StatsRow, StatsSubject } from '../store/read/statistics/stats-request.ts';
import type { GraphContext } from './context.ts';

/**
 * Returns the statistics of one parent. Parents that request the same statistics in one turn of the
 * event loop share a statement. Throws TOO_MANY_GROUPS for the parent that has too many rows.
 */
export function toChildStats(
  { childStats }: GraphContext,
  { id, column }: { id: string; column: Parents['column'] },
  subject: StatsSubject,
  request: StatsRequest,
  where: FilterInput | null | undefined,
): Promise<StatsRow[]> {
  const key = JSON.stringify([subject.database.tenantId, request, where]);
  const batch = async (ids: readonly string[]) => {
    const rows = await readStatsOf(subject, { column, ids: [...new Set(ids)] }, request);
    // A parent with a refusal has an Error here, and the loader rejects for that parent alone.
    return ids.map((parentId) => rows.get(parentId) ?? toEmptyStats(request));
  };
  const loader = childStats.get(key) ?? new DataLoader<string, StatsRow[]>(batch, { cache: false });
  childStats.set(key, loader);
  return loader.load(id);
}
