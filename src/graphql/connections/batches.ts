import type DataLoader from 'dataloader';
import type { Page } from '../../store/read/pages/list-page.ts';
import type { StatsRow } from '../../store/read/statistics/stats-request.ts';

/** The pages and counts of one field of several parents, read together. */
export interface Batches {
  pages: DataLoader<string, Page<unknown>>;
  counts: DataLoader<string, number>;
}

/** The batches of a request, by field and arguments. They batch lookups and cache nothing. */
export type ChildBatches = Map<string, Batches>;

/** The batches of statistics of a request, by field and arguments. They cache nothing. */
export type StatsBatches = Map<string, DataLoader<string, StatsRow[]>>;
