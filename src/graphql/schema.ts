import './app.ts';
import './app-reload-stats.ts';
import './automation-run-stats.ts';
import './block-stats.ts';
import './app-reload.ts';
import './automation.ts';
import './automation-run.ts';
import './block.ts';
import './event-queries.ts';
import './event-types.ts';
import './ingest-events.ts';
import './node.ts';
import './quarantine-mutations.ts';
import './quarantined-event.ts';
import './scalars.ts';
import './subscriptions.ts';
import './viewer.ts';
import { builder } from './builder.ts';

/** The whole schema. */
export const schema = builder.toSchema();
