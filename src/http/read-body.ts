import type { IncomingMessage, ServerResponse } from 'node:http';
import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { toRetryAfter } from '../execution/client-error.ts';
import type { BodyBudget } from './body-budget.ts';
import { decodeBody } from './decode-body.ts';

export interface BodyLimits {
  /** Largest body, as it is decoded. */
  maxBodyBytes: number;
  /** Where all bodies that are being read or answered have to fit. */
  room: BodyBudget;
  /** When a client that was refused may come back. */
  retryAfterMs: () => number;
}

/** What Yoga hands on of a request that came over HTTP. */
interface NodeContext {
  req?: IncomingMessage;
  res?: ServerResponse;
}

/**
 * Reads and decodes the bodies of requests, and bounds the memory that they take until they are answered: beyond it a
 * request is refused with RATE_LIMITED (HTTP 429), if possible before it is read. It replaces Yoga's own reader, which keeps
 * every body three times for so long: as bytes, as text and as a value.
 */
export function useBodyReader(limits: BodyLimits): Plugin {
  const { room } = limits;
  return {
    onRequestParse({ request, serverContext, setRequestParser }) {
      const { req, res } = serverContext as NodeContext;
      if (request.method !== 'POST' || req === undefined) return;
      res?.once('close', () => room.free(req));
      setRequestParser(async () => parseBody(await readBody(req, limits)));
    },
    onResponse({ serverContext }) {
      const { req } = serverContext as NodeContext;
      if (req !== undefined) room.free(req);
    },
  };
}

/** Records that this many bytes of a body are held, or will be. Throws if that is over a limit. */
function hold(
  request: IncomingMessage,
  bytes: number,
  { maxBodyBytes, room, retryAfterMs }: BodyLimits,
): void {
  if (bytes > maxBodyBytes) {
    throw new GraphQLError('Request body too large', {
      extensions: { code: 'REQUEST_ENTITY_TOO_LARGE', http: { status: 413 } },
    });
  }
  if (room.hold(request, bytes)) return;
  const ms = retryAfterMs();
  throw new GraphQLError(`Too much is under way. Send it again in ${ms} ms.`, {
    extensions: {
      code: 'RATE_LIMITED',
      retryAfterMs: ms,
      http: { status: 429, headers: toRetryAfter(ms) },
    },
  });
}

/**
 * Reads a body to its end, decoded. Rejects as soon as any stage of decoding is over a limit, so neither a bomb nor a chain
 * of them costs more than a plain body; what the socket still brings is dropped once the answer is sent.
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
    // A client that leaves while it sends is no fault of this server.
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
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } });
}
