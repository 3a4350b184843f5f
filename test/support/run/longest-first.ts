import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that run longest, in this order: a long file that starts last would keep one worker
 * busy while the others are idle. Vitest itself knows durations only from an earlier run, which a
 * fresh clone does not have.
 */
const LONGEST = [
  'web/accessibility',
  'documents/graphiql',
  'reading/listings',
  'rebuild/interrupted',
  'web/views',
  'backfill/backfill',
  'backfill/hostile-tenant',
  'demo/demo',
  'commands/ingest-interrupted',
  'live/sockets/hostile-sockets',
  'rebuild/older-log',
  'ingest/fairness',
  'rebuild/damage',
  'rebuild/under-load',
  'web/automations-and-apps',
  'hostile/canary-walk',
  'databases/tls',
  'lifecycle/drain',
  'read/page-arguments',
  'lifecycle/npm-start',
  'end-to-end/read/pages',
  'backfill/names',
  'lifecycle/start',
  'reading/related-filters',
  'faults/kill-server',
  'commands/prune-interrupted',
  'rebuild/same-rows',
  'commands/ingest-outages',
  'web/usage-and-care',
  'databases/shared-sessions',
  'faults/database/read-only',
  'rebuild/comparison',
  'http/nginx',
  'web/live',
];

/** Starts the longest files first, and the others in vitest's order. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId }: TestSpecification) => {
      const path = moduleId.replace(/(?:\.long)?\.test\.ts$/, '');
      const rank = LONGEST.findIndex((name) => path.endsWith(`/${name}`));
      return rank === -1 ? LONGEST.length : rank;
    };
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}
