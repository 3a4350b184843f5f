import './apps/app.ts';
import './runs/automation-run-stats.ts';
import './apps/app-reload.ts';
import './runs/automation.ts';
import './runs/automation-run.ts';
import './runs/block.ts';
import './compared-days/coverage.ts';
import './events/event-queries.ts';
import './events/event-types.ts';
import './ingest/ingest-events.ts';
import './names/set-names.ts';
import './node.ts';
import './ingest/quarantine-mutations.ts';
import './ingest/quarantined-event.ts';
import './scalars.ts';
import './live/subscriptions.ts';
import './viewer.ts';
import { builder } from './builder.ts';
import { requireListCosts } from './connections/list-cost.ts';
import { enforceScopes } from './scopes.ts';

/** The whole schema. */
export const schema = enforceScopes(requireListCosts(builder.toSchema()));
