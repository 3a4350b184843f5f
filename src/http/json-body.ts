import type { IncomingMessage } from 'node:http';
import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/**
 * Reads the body of a POST straight from the socket: as a stream of the fetch API, with its limit as another one around it, it
 * costs more than everything else that is done for a small request.
 */
export function useJsonBody(maxBytes: number): Plugin {
  return {
    onRequestParse({ request, serverContext, setRequestParser }) {
      const { req } = serverContext as { req?: IncomingMessage };
      if (request.method !== 'POST' || req === undefined) return;
      setRequestParser(async () => toParameters(parseJson(await readBody(req, maxBytes))));
    },
  };
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<string> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refuse(400, 'BAD_REQUEST', 'The body is not JSON.');
  }
}

/** Whatever an object says is checked later; Yoga refuses a list, as there are no batches of operations here. */
function toParameters(value: unknown): object {
  if (typeof value === 'object' && value !== null) return value;
  throw refuse(400, 'BAD_REQUEST', 'The body is not a JSON object.');
}

function tooLarge(): GraphQLError {
  return refuse(413, 'REQUEST_ENTITY_TOO_LARGE', 'The body is too large.');
}

function refuse(status: number, code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code, http: { status } } });
}
