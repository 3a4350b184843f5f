import { runCommand } from 'qlik-event-graph-ingest/console/run-command';
import { BACKFILL_USAGE, parseBackfillOptions } from './backfill/backfill-options.ts';
import { runNames } from './backfill/names/run-names.ts';
import { runBackfill } from './backfill/run-backfill.ts';

await runCommand('backfill', BACKFILL_USAGE, parseBackfillOptions, (options, signal) =>
  options.range === undefined
    ? runNames(options, signal)
    : runBackfill({ ...options, ...options.range }, signal),
);
