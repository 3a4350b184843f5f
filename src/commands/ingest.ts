import { runCommand } from './console/run-command.ts';
import { ingest } from './ingest/ingest.ts';
import { INGEST_USAGE, parseIngestOptions } from './ingest/ingest-options.ts';

await runCommand('ingest', async (signal) => {
  const options = parseIngestOptions(process.argv.slice(2), process.env);
  if (options === undefined) {
    process.stdout.write(INGEST_USAGE);
    return 0;
  }
  return ingest(options, signal);
});
