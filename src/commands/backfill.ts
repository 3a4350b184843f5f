import { runCommand } from 'qlik-event-graph-ingest/console/run-command';
import { BACKFILL_USAGE, parseBackfillOptions } from './backfill/backfill-options.ts';
import { runBackfill } from './backfill/run-backfill.ts';

await runCommand('backfill', BACKFILL_USAGE, parseBackfillOptions, runBackfill);
