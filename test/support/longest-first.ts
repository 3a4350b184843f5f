import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that run longest, in this order: a long file that starts last would keep one worker busy
 * while the others are idle. Vitest itself knows durations only from an earlier run, which a fresh
 * clone does not have.
 */
const LONGEST = [
  'commands/ingest-interrupted',
  'lifecycle/data-directory',
  'lifecycle/drain',
  'rebuild/damage',
  'commands/prune',
  'rebuild/interrupted',
  'reading/related-filters',
  'live/hostile-sockets',
  'faults/kill-server',
  'end-to-end/ingest-fairness',
  'end-to-end/ingest-hostile',
  'commands/prune-interrupted',
  'lifecycle/start',
  'commands/ingest-outages',
  'store/projections',
  'end-to-end/read-page-arguments',
  'rebuild/comparison',
  'live/cursors',
  'end-to-end/read-pages',
  'faults/outage',
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
