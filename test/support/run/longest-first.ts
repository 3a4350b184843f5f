import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that run longest, in this order: a long file that starts last would keep one worker
 * busy while the others are idle. Vitest itself knows durations only from an earlier run, which a
 * fresh clone does not have.
 */
const LONGEST = [
  'commands/ingest-interrupted',
  'rebuild/interrupted',
  'relay/sending',
  'relay/process',
  'operating/load-balancer',
  'rebuild/under-load',
  'reading/related-filters',
  'live/sockets/hostile-sockets',
  'rebuild/damage',
  'reading/statistics-limits',
  'rebuild/comparison',
  'commands/prune-interrupted',
  'ingest/fairness',
  'operating/dockerfile',
  'faults/kill-server',
  'rebuild/same-rows',
  'faults/database/read-only',
  'rebuild/older-log',
  'commands/ingest',
  'lifecycle/start',
  'lifecycle/data-directory',
  'documents/readme',
  'lifecycle/npm-start',
  'commands/prune-space',
  'databases/shared-sessions',
  'reading/compiled-execution',
  'rebuild/older-version',
  'databases/hostile-settings',
  'reading/time-zones',
  'http/compressed-bodies',
  'commands/prune',
  'commands/ingest-outages',
  'lifecycle/drain',
  'documents/graphiql',
];

/** Starts the longest files first, and the others in vitest's order. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId }: TestSpecification) => {
      const rank = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return rank === -1 ? LONGEST.length : rank;
    };
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}
