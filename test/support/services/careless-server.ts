import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type ExecutionResult,
  execute,
  type GraphQLError,
  MaxIntrospectionDepthRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { schema } from '../../../src/graphql/schema.ts';

const RULES = specifiedRules.filter((rule) => rule !== MaxIntrospectionDepthRule);

/** A GraphQL server with every weakness that a scanner looks for. */
export interface CarelessServer {
  url: string;
  close(): Promise<void>;
}

export async function startCarelessServer(): Promise<CarelessServer> {
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readText(request);
  const inUrl = new URL(request.url ?? '', 'http://server').searchParams.get('query');
  const isJson = request.headers['content-type'] === 'application/json';
  const sent: unknown = isJson
    ? JSON.parse(body)
    : { query: inUrl ?? new URLSearchParams(body).get('query') };
  const one = async (operation: { query?: string | null }) => {
    if (!operation.query) return 'GraphiQL';
    const { data, errors } = await run(operation.query);
    const exception = { stacktrace: ['at answer'] };
    const shown = errors?.map(({ message }) => ({ message, extensions: { exception } }));
    return { data, errors: shown, extensions: { tracing: {} } };
  };
  const result = Array.isArray(sent) ? await Promise.all(sent.map(one)) : await one(sent as object);
  response.end(JSON.stringify(result));
}

async function run(query: string): Promise<ExecutionResult> {
  try {
    const document = parse(query);
    const errors = validate(schema, document, RULES);
    return errors.length > 0 ? { errors } : await execute({ schema, document });
  } catch (error) {
    return { errors: [error as GraphQLError] };
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const part of request.setEncoding('utf8')) text += part;
  return text;
}
