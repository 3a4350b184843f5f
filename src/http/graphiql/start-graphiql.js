// @ts-nocheck: this file runs in the browser; the service is compiled without browser types.
// Starts GraphiQL in the page of `serve-graphiql.ts`.

const settings = JSON.parse(document.getElementById('settings').textContent);
const endpoint = new URL(location.pathname, location.href);
const SEVEN_DAYS_MS = 7 * 86_400_000;

self.MonacoEnvironment = { getWorker: (_moduleId, label) => new Worker(settings.workers[label]) };

// The editor checks variables with a JSON Schema per scalar. It treats unknown scalars as a
// string, number or boolean, and would mark every event as an error. GraphiQL has no property
// for that, but sets `__MONACO` just before it starts monaco-graphql, whose API has
// `customScalarSchemas`.
const customScalarSchemas = {
  JSON: { type: ['object', 'array', 'string', 'number', 'integer', 'boolean'] },
  SafeInt: { type: 'integer' },
};
Object.defineProperty(globalThis, '__MONACO', {
  configurable: true,
  set(monaco) {
    Object.defineProperty(globalThis, '__MONACO', { value: monaco, writable: true });
    queueMicrotask(() => {
      const { api } = monaco.languages.graphql;
      const setSchemaConfig = api.setSchemaConfig.bind(api);
      api.setSchemaConfig = (schemas) =>
        setSchemaConfig(schemas.map((schema) => ({ ...schema, customScalarSchemas })));
    });
  },
});

/** Queries and mutations are sent by POST, subscriptions over a WebSocket. */
function fetcher(params, { headers = {}, documentAST } = {}) {
  const operation = documentAST?.definitions.find(
    ({ kind, name }) =>
      kind === 'OperationDefinition' && (!params.operationName || name?.value === params.operationName),
  );
  return operation?.operation === 'subscription'
    ? subscribe(params, headers, operation)
    : post({ ...params, variables: withSince(params.variables, operation) }, headers);
}

const takes = ({ variableDefinitions = [] } = {}, name) =>
  variableDefinitions.some(({ variable }) => variable.name.value === name);

/** Sets the variable `since` to seven days ago, in documents that have it, unless it is set. */
function withSince(variables, operation) {
  if (!takes(operation, 'since') || variables?.since !== undefined) return variables;
  return { ...variables, since: new Date(Date.now() - SEVEN_DAYS_MS).toISOString() };
}

async function post(params, headers) {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
    body: JSON.stringify(params),
  });
  return response.json();
}

/**
 * Subscribes while the tab is open, also across restarts of the server. A document with the
 * variable `after` resumes after the last event shown, without gaps and repetitions.
 */
function subscribe(params, headers, operation) {
  const { 'x-tenant-id': tenantId, authorization } = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const client = graphqlWs.createClient({
    url: endpoint.href.replace(/^http/, 'ws'),
    connectionParams: { tenantId, authorization },
    // By default the library retries only connections that were open before.
    shouldRetry: () => true,
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, toPauseMs(retries))),
  });
  const takesAfter = takes(operation, 'after');
  const variables = { ...params.variables };
  return {
    subscribe(observer) {
      // After each reconnect, the library sends this object again with its current variables.
      const unsubscribe = client.subscribe(
        { ...params, variables },
        {
          next(result) {
            const cursor = Object.values(result.data ?? {})[0]?.cursor;
            if (takesAfter && cursor) variables.after = cursor;
            observer.next(result);
          },
          error: (error) => observer.error(toReadable(error)),
          complete: () => observer.complete(),
        },
      );
      return {
        unsubscribe() {
          unsubscribe();
          client.dispose();
        },
      };
    },
  };
}

/** Doubles from a quarter of a second to 10 seconds, with jitter. */
const toPauseMs = (retries) => Math.min(250 * 2 ** retries, 10_000) * (0.5 + Math.random());

/** Returns an error that GraphiQL can show: GraphQL errors, or the reason of a close event. */
function toReadable(error) {
  if (error instanceof CloseEvent) return new Error(`The socket was closed: ${error.code} ${error.reason}`);
  return error;
}

/** Where this page stores the headers that it filled in. GraphiQL stores the tabs themselves. */
const FILLED_IN = 'qlik-event-graph:headers';

/**
 * Returns headers that name the first tenant of a server without tokens. Undefined if it has no
 * tenant, if it has the tenant that was filled in before, and on a server with tokens.
 */
async function toTenantHeaders(filledIn) {
  if (settings.needsToken) return undefined;
  const { data } = await post({ query: '{ viewer { tenants { tenantId } } }' }, {}).catch(() => ({}));
  const all = (data?.viewer.tenants ?? []).map(({ tenantId }) =>
    JSON.stringify({ 'x-tenant-id': tenantId }, null, 2),
  );
  return all.includes(filledIn) ? undefined : all[0];
}

function parseOrNull(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * Prepares the tabs that GraphiQL stored. Another server may answer at their address, such as the
 * demo: headers that were filled in for the other server and never edited are replaced.
 */
function prepareStoredTabs(before, after) {
  const state = parseOrNull(localStorage.getItem('graphiql:tabState'));
  // GraphiQL ignores what it cannot read.
  if (!Array.isArray(state?.tabs)) return;
  for (const tab of state.tabs) {
    if (after !== undefined && tab.headers === before) tab.headers = after;
  }
  localStorage.setItem('graphiql:tabState', JSON.stringify(state));
  // GraphiQL shows the tab whose three texts it finds here, and an empty one if there is none. It
  // stores them only when they are edited.
  const shown = state.tabs[state.activeTabIndex];
  for (const name of ['query', 'variables', 'headers']) {
    localStorage.setItem(`graphiql:${name}`, shown?.[name] ?? '');
  }
}

// At its first load GraphiQL takes only the titles from `defaultTabs`, so the first tab is
// also passed as `query` and `variables`. At later loads these would open another tab.
const isFirstLoad = localStorage.getItem('graphiql:tabState') === null;
const filledIn = isFirstLoad ? null : localStorage.getItem(FILLED_IN);
const headers = isFirstLoad || filledIn !== null ? await toTenantHeaders(filledIn) : undefined;
if (!isFirstLoad) prepareStoredTabs(filledIn, headers);
if (headers !== undefined) localStorage.setItem(FILLED_IN, headers);
const tabs =
  isFirstLoad && headers !== undefined ? settings.tabs.map((tab) => ({ ...tab, headers })) : settings.tabs;
const [firstTab] = tabs;
const query = new URL(location.href).searchParams.get('query');

YogaGraphiQL.renderYogaGraphiQL(document.getElementById('graphiql'), {
  title: 'qlik-event-graph',
  fetcher,
  defaultTabs: tabs,
  // A token must not stay in the browser's storage.
  shouldPersistHeaders: !settings.needsToken,
  ...(query !== null && { query }),
  ...(isFirstLoad && query === null && firstTab),
  // The document of a link is opened once. GraphiQL stores its tabs.
  onEditQuery: () => history.replaceState({}, '', endpoint),
});
