import { readFileSync } from 'node:fs';

const root = new URL('../../schema/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8').trim();
const example = (name: string): unknown => JSON.parse(read(`events/${name}.json`));

const headers = (tenantId: string) => JSON.stringify({ 'x-tenant-id': tenantId }, null, 2);

/** The tabs that a fresh GraphiQL opens: the operations and events of `schema/`, in the order of a first walk. */
export const graphiqlTabs = [
  {
    query: read('operations/ingest.graphql'),
    variables: JSON.stringify({ events: [example('automation.run.ended'), example('app.created')] }, null, 2),
  },
  { query: read('operations/runs.graphql'), headers: headers('00000000-0000-0000-0000-000000000000') },
  { query: read('operations/apps.graphql'), headers: headers('id123') },
  { query: read('operations/live.graphql'), headers: headers('00000000-0000-0000-0000-000000000000') },
];
