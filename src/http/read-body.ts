import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { Refusal } from '../domain/refusal.ts';
import { toGraphqlError } from '../graphql/refusal-error.ts';
import { type BodyBudget, bodyBudgetExceeded } from './body-budget.ts';
import { decodeBody } from './coding/decode-body.ts';

export interface BodyLimits {
  /** The most bytes of a body, encoded or decoded. */
  maxBodyBytes: number;
  /** Limits the bytes of all bodies until they are answered. */
  bodyBudget: BodyBudget;
  /** The milliseconds after which a refused client should retry. */
  retryAfterMs: () => number;
}

/** Node's request and response, which Yoga passes on. */
interface NodeContext {
  req?: IncomingMessage;
  res?: ServerResponse;
}

/**
 * Reads and decodes the bodies of requests. The body budget limits their bytes until each
 * request is answered. A request beyond it is refused with RATE_LIMITED (HTTP 429), before its
 * body is read if its length is known. Yoga's own reader keeps a body as bytes, text and
 * value.
 */
export function useBodyReader(limits: BodyLimits): Plugin {
  const { bodyBudget } = limits;
  return {
    onRequestParse({ request, serverContext, setRequestParser }) {
      const { req, res } = serverContext as NodeContext;
      if (request.method !== 'POST' || req === undefined) return;
      res?.on('close', () => bodyBudget.free(req));
      setRequestParser(async () => parseBody(await readBody(req, limits)));
    },
    onResponse({ serverContext }) {
      const { req } = serverContext as NodeContext;
      if (req !== undefined) bodyBudget.free(req);
    },
  };
}

/** Reserves bytes for a body. Throws if they exceed a limit. */
function hold(
  request: IncomingMessage,
  bytes: number,
  { maxBodyBytes, bodyBudget, retryAfterMs }: BodyLimits,
): void {
  if (bytes > maxBodyBytes) {
    const refusal = new Refusal('REQUEST_ENTITY_TOO_LARGE', 'Request body too large');
    throw toGraphqlError(refusal, { status: 413 });
  }
  if (bodyBudget.hold(request, bytes)) return;
  throw toGraphqlError(bodyBudgetExceeded(retryAfterMs()), { status: 429 });
}

/**
 * Reads a body to its end and decodes it. Rejects as soon as any stage of decoding exceeds a limit,
 * so a decompression bomb costs no more than a plain body. The rest of a refused body is discarded.
 */
function readBody(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  hold(request, Number(request.headers['content-length'] ?? 0), limits);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const stages = decodeBody(request, fail);
    const listeners = stages.all.map((stage) => {
      let bytes = 0;
      const count = (chunk: Buffer) => {
        bytes += chunk.length;
        try {
          hold(request, bytes, limits);
        } catch (refusal) {
          fail(refusal);
        }
      };
      stage.on('data', count);
      return () => stage.off('data', count);
    });
    const keep = (chunk: Buffer) => void chunks.push(chunk);
    stages.decoded.on('data', keep);
    stages.decoded.on('end', () => resolve(Buffer.concat(chunks)));
    // A client that disconnects is no fault of this server.
    const onDisconnect = () => request.complete || fail(badRequest('The body is incomplete.'));
    request.on('error', onDisconnect);
    request.on('close', onDisconnect);

    function fail(error: unknown): void {
      for (const stopListening of listeners) stopListening();
      stages.decoded.off('data', keep);
      stages.stop();
      chunks.length = 0;
      reject(error);
    }
  });
}

/** Parses the parameters of an operation. Yoga checks them further. */
function parseBody(body: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    throw badRequest('The body is not JSON.');
  }
  if (typeof value !== 'object' || value === null) throw badRequest('The body is not a JSON object.');
  return value as Record<string, unknown>;
}

function badRequest(message: string): GraphQLError {
  return toGraphqlError(new Refusal('BAD_REQUEST', message), { status: 400 });
}
