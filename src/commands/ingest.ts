import { runCommand } from './console/run-command.ts';
import { INGEST_USAGE, parseIngestOptions } from './ingest/ingest-options.ts';
import { runIngest } from './ingest/run-ingest.ts';

await runCommand('ingest', async (signal) => {
  const options = parseIngestOptions(process.argv.slice(2), process.env);
  if (options === undefined) {
    process.stdout.write(INGEST_USAGE);
    return 0;
  }
  return runIngest(options, signal);
});
