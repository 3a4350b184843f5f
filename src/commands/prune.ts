import { openDatabase } from '../store/database/open-database.ts';
import { findDatabase } from './console/find-database.ts';
import { runCommand } from './console/run-command.ts';
import { prune } from './prune/prune.ts';
import { PRUNE_USAGE, parsePruneOptions } from './prune/prune-options.ts';

await runCommand('prune', async (signal) => {
  const options = parsePruneOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(PRUNE_USAGE);
    return 0;
  }
  await using database = await openDatabase(findDatabase(process.env));
  return await prune(database, options, signal);
});
