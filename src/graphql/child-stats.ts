import DataLoader from 'dataloader';
import type { FilterInput } from '../store/read/filters/filter.ts';
import type { Parents } from '../store/read/pages/list-page.ts';
import {
  readStatsOf,
  type StatsRequest,
  type StatsRow,
  type StatsSubject,
  toEmptyStats,
} from '../store/read/statistics/stats.ts';
import type { GraphContext } from './context.ts';

/**
 * The statistics of one parent; parents that ask for the same at the same moment are answered with
 * one statement.
 */
export function toChildStats(
  { database, childStats }: GraphContext,
  { tenantId, id, column }: { tenantId: string; id: string; column: Parents['column'] },
  subject: StatsSubject,
  request: StatsRequest,
  where: FilterInput | null | undefined,
): Promise<StatsRow[]> {
  const key = JSON.stringify([tenantId, request, where]);
  const batch = async (ids: readonly string[]) => {
    const rows = await readStatsOf(database, subject, { column, ids: [...new Set(ids)] }, request);
    // A refusal is that of one parent: the loader rejects for it alone.
    return ids.map((parentId) => rows.get(parentId) ?? toEmptyStats(request));
  };
  const loader = childStats.get(key) ?? new DataLoader<string, StatsRow[]>(batch, { cache: false });
  childStats.set(key, loader);
  return loader.load(id);
}
