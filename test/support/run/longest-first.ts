import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that run longest, in this order: a long file that starts last would keep one worker
 * busy while the others are idle. Vitest itself knows durations only from an earlier run, which a
 * fresh clone does not have.
 */
const LONGEST = [
  'commands/ingest-interrupted',
  'lifecycle/data-directory',
  'faults/kill-server',
  'rebuild/interrupted',
  'relay/sending',
  'relay/process',
  'commands/prune',
  'reading/related-filters',
  'rebuild/damage',
  'lifecycle/npm-start',
  'ingest/fairness',
  'sockets/hostile-sockets',
  'lifecycle/drain',
  'databases/shared-sessions',
  'commands/prune-interrupted',
  'rebuild/same-rows',
  'rebuild/older-log',
  'commands/prune-space',
  'ingest/hostile',
  'reading/time-zones',
  'databases/roles-and-schemas',
  'rebuild/older-version',
  'lifecycle/start',
  'databases/url-forms',
  'rebuild/comparison',
  'rebuild/under-load',
  'commands/ingest-outages',
  'commands/ingest',
  'commands/lost-output',
  'faults/kill-retry',
  'documents/graphiql',
  'databases/hostile-settings',
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
