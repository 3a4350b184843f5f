import { readFileSync } from 'node:fs';

const root = new URL('../../../schema/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8').trim();
const example = (name: string): unknown => JSON.parse(read(`events/${name}.json`));
const toJson = (value: unknown) => JSON.stringify(value, null, 2);

const runTenant = { 'x-tenant-id': '00000000-0000-0000-0000-000000000000' };
const appTenant = { 'x-tenant-id': 'id123' };
const events = [example('automation.run.ended'), example('app.created')];

/** A tab of GraphiQL; variables and headers are JSON texts. */
interface Tab {
  query: string;
  variables?: string;
  headers?: string;
}

/**
 * Returns the operations of `schema/operations` with the events of `schema/events`, as a tutorial.
 * With tokens, the headers of each tab have a place for one, and the token names the tenant.
 */
export function toExampleTabs(needsToken: boolean): Tab[] {
  const toHeaders = (headers?: object) => {
    const sent = needsToken ? { authorization: 'Bearer ' } : headers;
    return sent && { headers: toJson(sent) };
  };
  return [
    { query: read('operations/ingest.graphql'), variables: toJson({ events }), ...toHeaders() },
    { query: read('operations/runs.graphql'), ...toHeaders(runTenant) },
    { query: read('operations/statistics.graphql'), ...toHeaders(runTenant) },
    { query: read('operations/apps.graphql'), ...toHeaders(appTenant) },
    { query: read('operations/live.graphql'), ...toHeaders(runTenant) },
    { query: read('operations/quarantine.graphql'), ...toHeaders(runTenant) },
  ];
}
