/** Sends a request to the endpoint and returns what the checks look at. */
export type Ask = (target: string, init?: RequestInit) => Promise<{ text: string; json: unknown }>;

/** A weakness that a scanner looks for. */
export interface Check {
  title: string;
  /** Whether the weakness is that a page of another site can make a browser send the request. */
  isForgery?: true;
  /** Whether the server has the weakness. */
  isPositive(ask: Ask): Promise<boolean>;
}

interface Result {
  data?: { __schema?: { types?: unknown[] }; [name: string]: unknown } | null;
  errors?: { message?: string; extensions?: Record<string, unknown> }[];
  extensions?: Record<string, unknown>;
}

const ENDPOINT = '/graphql';

function toPost(body: unknown): RequestInit {
  return {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

async function post(ask: Ask, query: string): Promise<Result> {
  return ((await ask(ENDPOINT, toPost({ query }))).json ?? {}) as Result;
}

const hasData = (json: unknown, name: string) => Boolean((json as Result | undefined)?.data?.[name]);
const times = (count: number, toText: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => toText(index)).join(' ');

/** The twelve checks of graphql-cop 1.x, by its titles, and its later one of unhandled errors. */
export const CHECKS: readonly Check[] = [
  {
    title: 'Alias Overloading',
    isPositive: async (ask) =>
      hasData(await post(ask, `query { ${times(101, (index) => `alias${index}: __typename`)} }`), 'alias100'),
  },
  {
    title: 'Batch Queries',
    async isPositive(ask) {
      const batch = Array.from({ length: 11 }, () => ({ query: 'query { __typename }' }));
      const { json } = await ask(ENDPOINT, toPost(batch));
      return Array.isArray(json) && json.length >= 10;
    },
  },
  {
    title: 'GET based Queries',
    isForgery: true,
    isPositive: async (ask) => hasData((await ask(`${ENDPOINT}?query=%7B__typename%7D`)).json, '__typename'),
  },
  {
    title: 'POST based Queries using urlencoded payloads',
    async isPositive(ask) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      const body = 'query=query+%7B__typename%7D';
      const answers = [
        await ask(ENDPOINT, { method: 'POST', headers, body }),
        await ask(`${ENDPOINT}?${body}`, { method: 'POST' }),
      ];
      return answers.some(({ json }) => hasData(json, '__typename'));
    },
  },
  {
    title: 'Trace Mode',
    async isPositive(ask) {
      const results = [await post(ask, 'query { __typename }'), await post(ask, 'query { unknown')];
      return results.some(({ extensions, errors }) => {
        const all = [extensions, ...(errors ?? []).map((error) => error.extensions)];
        return (
          all.some((one) => one?.tracing || one?.exception) || /stacktrace/i.test(JSON.stringify(errors))
        );
      });
    },
  },
  {
    title: 'Field Duplication',
    isPositive: async (ask) =>
      hasData(await post(ask, `query { ${times(500, () => '__typename')} }`), '__typename'),
  },
  {
    title: 'Field Suggestions',
    async isPositive(ask) {
      const documents = ['{ __schema { directive } }', '{ viewr { tenantId } }', '{ viewer { tenantIds } }'];
      for (const document of [...documents, '{ apps(frist: 1) { totalCount } }', '{ ... on Ap { name } }']) {
        const { errors = [] } = await post(ask, `query ${document}`);
        if (errors.some(({ message = '' }) => message.includes('Did you mean'))) return true;
      }
      return false;
    },
  },
  {
    title: 'GraphiQL',
    async isPositive(ask) {
      for (const path of ['/graphiql', '/playground', '/console', ENDPOINT]) {
        for (const accept of ['*/*', 'text/html']) {
          const { text } = await ask(path, { headers: { accept } });
          if (/graphiql\.min\.css|GraphQL Playground|GraphiQL|graphql-playground/.test(text)) return true;
        }
      }
      return false;
    },
  },
  {
    title: 'Introspection',
    async isPositive(ask) {
      const { data } = await post(ask, 'query { __schema { types { name fields { name } } } }');
      return data?.__schema?.types !== undefined;
    },
  },
  {
    title: 'Directives Overloading',
    async isPositive(ask) {
      const { errors = [] } = await post(ask, `query { __typename ${'@aa'.repeat(10)} }`);
      return errors.length === 10;
    },
  },
  {
    title: 'Circular Query using Introspection',
    async isPositive(ask) {
      const fields = (inner: string) => `fields { type { ${inner} } }`;
      const { data } = await post(
        ask,
        `query { __schema { types { ${fields(fields(fields(fields('name'))))} } } }`,
      );
      return (data?.__schema?.types?.length ?? 0) > 25;
    },
  },
  {
    title: 'Mutation support over GET methods',
    isPositive: async (ask) =>
      hasData((await ask(`${ENDPOINT}?query=mutation%20%7B__typename%7D`)).json, '__typename'),
  },
  {
    title: 'Unhandled Errors Detection',
    async isPositive(ask) {
      const { errors = [] } = await post(ask, 'qwerty cop { abc }');
      return errors.some(({ extensions }) => extensions?.exception !== undefined);
    },
  },
];
