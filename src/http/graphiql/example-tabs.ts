import { readFileSync } from 'node:fs';

const root = new URL('../../../schema/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8').trim();
const example = (name: string): { extensions?: object } => JSON.parse(read(`events/${name}.json`));
const toJson = (value: unknown) => JSON.stringify(value, null, 2);

const tenantId = '00000000-0000-0000-0000-000000000000';
const run = example('automation.run.ended');
const app = example('app.created');
/** Qlik's examples, as events of one tenant. */
const events = [run, { ...app, extensions: { ...app.extensions, tenantId } }];

/** The tabs of the operations with these names, in this order. The last one sends the examples. */
const OPERATIONS = [
  'failures',
  'durations',
  'connectors',
  'app-history',
  'live',
  'runs',
  'quarantine',
  'ingest',
] as const;

/** A tab of GraphiQL; variables and headers are JSON texts. */
interface Tab {
  query: string;
  variables?: string;
  headers?: string;
}

/**
 * Returns a tab for each operation of `schema/operations`. With tokens, the headers of each tab
 * have a place for one, and the token names the tenant. Without tokens they name the tenant of the
 * examples; `start-graphiql.js` replaces it by a tenant that has events.
 */
export function toExampleTabs(needsToken: boolean): Tab[] {
  const headers = toJson(needsToken ? { authorization: 'Bearer ' } : { 'x-tenant-id': tenantId });
  return OPERATIONS.map((name) => ({
    query: read(`operations/${name}.graphql`),
    headers,
    ...(name === 'ingest' && { variables: toJson({ events }) }),
  }));
}
