import { readFileSync } from 'node:fs';

const root = new URL('../../../schema/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8').trim();
const example = (name: string): unknown => JSON.parse(read(`events/${name}.json`));
const toJson = (value: unknown) => JSON.stringify(value, null, 2);

const runTenant = toJson({ 'x-tenant-id': '00000000-0000-0000-0000-000000000000' });
const appTenant = toJson({ 'x-tenant-id': 'id123' });
const events = [example('automation.run.ended'), example('app.created')];

/** A tab of GraphiQL; variables and headers are JSON texts. */
interface Tab {
  query: string;
  variables?: string;
  headers?: string;
}

/** The operations of `schema/operations` with the events of `schema/events`, as a tutorial. */
export const exampleTabs: readonly Tab[] = [
  { query: read('operations/ingest.graphql'), variables: toJson({ events }) },
  { query: read('operations/runs.graphql'), headers: runTenant },
  { query: read('operations/statistics.graphql'), headers: runTenant },
  { query: read('operations/apps.graphql'), headers: appTenant },
  { query: read('operations/live.graphql'), headers: runTenant },
  { query: read('operations/quarantine.graphql'), headers: runTenant },
];
