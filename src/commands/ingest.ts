import { runCommand } from './console/run-command.ts';
import { INGEST_USAGE, parseIngestOptions } from './ingest/ingest-options.ts';
import { runIngest } from './ingest/run-ingest.ts';

await runCommand('ingest', INGEST_USAGE, parseIngestOptions, runIngest);
