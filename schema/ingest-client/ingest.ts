import { INGEST_USAGE, parseIngestOptions } from './command/ingest-options.ts';
import { runIngest } from './command/run-ingest.ts';
import { runCommand } from './console/run-command.ts';

await runCommand('ingest', INGEST_USAGE, parseIngestOptions, runIngest);
