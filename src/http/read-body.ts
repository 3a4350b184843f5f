import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { Refusal } from '../domain/refusal.ts';
import { toGraphqlError } from '../graphql/refusal-error.ts';
import { type BodyBudget, tooMuchUnderWay } from './body-budget.ts';
import { decodeBody } from './decode-body.ts';

export interface BodyLimits {
  /** Largest body, as it is decoded. */
  maxBodyBytes: number;
  /** Limits the bytes of all bodies that are being read or answered. */
  bodyBudget: BodyBudget;
  /** When a client that was refused may come back. */
  retryAfterMs: () => number;
}

/** Node's objects of a request over HTTP, which Yoga passes on. */
interface NodeContext {
  req?: IncomingMessage;
  res?: ServerResponse;
}

/**
 * Reads and decodes the bodies of requests. The body budget limits their bytes until each request is
 * answered; beyond it a request is refused with RATE_LIMITED (HTTP 429), if possible before its body
 * is read. Yoga's own reader keeps every body three times until then: as bytes, text and value.
 */
export function useBodyReader(limits: BodyLimits): Plugin {
  const { bodyBudget } = limits;
  return {
    onRequestParse({ request, serverContext, setRequestParser }) {
      const { req, res } = serverContext as NodeContext;
      if (request.method !== 'POST' || req === undefined) return;
      res?.once('close', () => bodyBudget.free(req));
      setRequestParser(async () => parseBody(await readBody(req, limits)));
    },
    onResponse({ serverContext }) {
      const { req } = serverContext as NodeContext;
      if (req !== undefined) bodyBudget.free(req);
    },
  };
}

/** Reserves bytes for a body in the budget. Throws if that exceeds a limit. */
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
  throw toGraphqlError(tooMuchUnderWay(retryAfterMs()), { status: 429 });
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
    // A client that disconnects while it sends is no fault of this server.
    const breakOff = () => request.complete || fail(badRequest('The body broke off.'));
    request.on('error', breakOff);
    request.on('close', breakOff);

    function fail(error: unknown): void {
      for (const stopListening of listeners) stopListening();
      stages.decoded.off('data', keep);
      stages.stop();
      chunks.length = 0;
      reject(error);
    }
  });
}

/** The parameters of an operation; Yoga checks them further. */
function parseBody(body: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(body.toString());
  } catch {
    throw badRequest('The body is no JSON.');
  }
  if (typeof value !== 'object' || value === null) throw badRequest('The body is no JSON object.');
  return value as Record<string, unknown>;
}

function badRequest(message: string): GraphQLError {
  return toGraphqlError(new Refusal('BAD_REQUEST', message), { status: 400 });
}
