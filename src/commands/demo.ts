import { runCommand } from 'qlik-event-graph-ingest/console/run-command';
import { DEMO_USAGE, parseDemoOptions } from './demo/demo-options.ts';
import { runDemo } from './demo/run-demo.ts';

await runCommand('run the demo', DEMO_USAGE, parseDemoOptions, runDemo);
