import { readFileSync } from 'node:fs';
import type { GraphiQLOptions } from 'graphql-yoga';

const root = new URL('../../schema/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8').trim();
const example = (name: string): unknown => JSON.parse(read(`events/${name}.json`));

const toHeaders = (tenantId: string) => JSON.stringify({ 'x-tenant-id': tenantId }, null, 2);
const runTenant = toHeaders('00000000-0000-0000-0000-000000000000');
const appTenant = toHeaders('id123');

const variables = JSON.stringify(
  { events: [example('automation.run.ended'), example('app.created')] },
  null,
  2,
);

/**
 * GraphiQL with the operations and events of `schema/` as tabs, in the order of a first walk. The first tab's variables are
 * given twice, because GraphiQL takes those of the tab it opens with from here. POST is for subscriptions over SSE: GET is
 * for queries only.
 */
export const graphiqlOptions: GraphiQLOptions & { variables: string } = {
  title: 'qlik-event-graph',
  method: 'POST',
  shouldPersistHeaders: true,
  variables,
  defaultTabs: [
    { query: read('operations/ingest.graphql'), variables },
    { query: read('operations/runs.graphql'), headers: runTenant },
    { query: read('operations/statistics.graphql'), headers: runTenant },
    { query: read('operations/apps.graphql'), headers: appTenant },
    { query: read('operations/live.graphql'), headers: runTenant },
    { query: read('operations/quarantine.graphql'), headers: runTenant },
  ],
};
