// @ts-nocheck: this file runs in the browser, whose types the service is compiled without.
// Starts GraphiQL in the page that `serve-graphiql.ts` makes.

const settings = JSON.parse(document.getElementById('settings').textContent);
const endpoint = new URL(location.pathname, location.href);

self.MonacoEnvironment = { getWorker: (_moduleId, label) => new Worker(settings.workers[label]) };

// The editor checks variables with a JSON Schema for each scalar. It takes scalars that it does not know for a string,
// number or boolean, and would mark every event as an error. GraphiQL has no property for that, but publishes Monaco as
// `__MONACO` just before it sets up monaco-graphql, whose API takes `customScalarSchemas`.
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
    : post(params, headers);
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
 * Subscribes for as long as the tab is open, through restarts of the server. A document with the variable `after` continues
 * behind the last event that was shown, so that it misses none and shows none twice.
 */
function subscribe(params, headers, { variableDefinitions = [] }) {
  const { 'x-tenant-id': tenantId, authorization } = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const client = graphqlWs.createClient({
    url: endpoint.href.replace(/^http/, 'ws'),
    connectionParams: { tenantId, authorization },
    // Without this the library gives up at the first refused connection: it only retries connections that were open.
    shouldRetry: () => true,
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, toPauseMs(retries))),
  });
  const takesAfter = variableDefinitions.some(({ variable }) => variable.name.value === 'after');
  const variables = { ...params.variables };
  return {
    subscribe(observer) {
      // The library sends this object again after each reconnect, with the variables as they are then.
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

/** What GraphiQL can show: a list of GraphQL errors, or the reason of a close event. */
function toReadable(error) {
  if (error instanceof CloseEvent) return new Error(`The socket was closed: ${error.code} ${error.reason}`);
  return error;
}

// GraphiQL fills its editors from `initial…`, else from what it has stored; of the tabs it reads the titles first. So the
// first tab's texts are passed twice, and only where nothing is stored: they would open another tab on every load.
const isFirstLoad = localStorage.getItem('graphiql:tabState') === null;
const [firstTab] = settings.tabs;
const query = new URL(location.href).searchParams.get('query');

YogaGraphiQL.renderYogaGraphiQL(document.getElementById('graphiql'), {
  title: 'qlik-event-graph',
  fetcher,
  defaultTabs: settings.tabs,
  shouldPersistHeaders: true,
  ...(query !== null && { query }),
  ...(isFirstLoad && query === null && { query: firstTab.query, variables: firstTab.variables }),
  // The document of a link is opened once; the tabs are stored by GraphiQL itself.
  onEditQuery: () => history.replaceState({}, '', endpoint),
});
