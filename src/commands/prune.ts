import { runCommand } from 'qlik-event-graph-ingest/console/run-command';
import { openDatabase } from '../store/database/open-database.ts';
import { findDatabase } from './console/find-database.ts';
import { prune } from './prune/prune.ts';
import { PRUNE_USAGE, parsePruneOptions } from './prune/prune-options.ts';

await runCommand('prune', PRUNE_USAGE, parsePruneOptions, async (options, signal) => {
  await using database = await openDatabase(findDatabase(process.env));
  return await prune(database, options, signal);
});
