import { runCommand } from 'qlik-event-graph-ingest/console/run-command';
import { findDatabase } from './console/find-database.ts';
import { parseRebuildOptions, REBUILD_USAGE, rebuild } from './rebuild/rebuild.ts';

await runCommand('rebuild', REBUILD_USAGE, parseRebuildOptions, (options, signal) =>
  rebuild(findDatabase(process.env), options, signal),
);
