import { findDatabase } from './console/find-database.ts';
import { runCommand } from './console/run-command.ts';
import { rebuild } from './rebuild/rebuild.ts';
import { parseRebuildOptions, REBUILD_USAGE } from './rebuild/rebuild-options.ts';

await runCommand('rebuild', async (signal) => {
  const options = parseRebuildOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(REBUILD_USAGE);
    return 0;
  }
  return await rebuild(findDatabase(process.env), options, signal);
});
