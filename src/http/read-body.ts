import type { IncomingMessage, ServerResponse } from 'node:http';
import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { toRetryAfter } from './client-error.ts';

/** So much of a body is read in any case: what is small, every query among it, must not wait because large ones are under way. */
const ALWAYS_BYTES = 65_536;

export interface BodyLimits {
  /** Largest body. */
  maxBodyBytes: number;
  /** Most bytes of all bodies that are being read or answered; a single one finds room in any case. */
  maxBodiesBytes: number;
  /** When a client that was refused may come back. */
  retryAfterMs: () => number;
}

/** What Yoga hands on of a request that came over HTTP. */
interface NodeContext {
  req?: IncomingMessage;
  res?: ServerResponse;
}

/**
 * Reads the bodies of requests, and bounds the memory that they take until they are answered: beyond it a request is refused
 * with RATE_LIMITED (HTTP 429), if possible before it is read. In place of Yoga's own reader, which keeps every body three times for
 * so long: as bytes, as text and as a value.
 */
export function useBodyReader(limits: BodyLimits): Plugin {
  const room = new BodyRoom(limits);
  return {
    onRequestParse({ request, serverContext, setRequestParser }) {
      const { req, res } = serverContext as NodeContext;
      if (request.method !== 'POST' || req === undefined) return;
      res?.once('close', () => room.free(req));
      setRequestParser(async () => parseBody(await readBody(req, room)));
    },
    onResponse({ serverContext }) {
      const { req } = serverContext as NodeContext;
      if (req !== undefined) room.free(req);
    },
  };
}

/** Counts what is held of each body. */
class BodyRoom {
  readonly #limits: BodyLimits;
  readonly #heldOf = new WeakMap<IncomingMessage, number>();
  #held = 0;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
  }

  /** So much of a body is held, or will be. Throws where that is too much. */
  hold(request: IncomingMessage, bytes: number): void {
    const { maxBodyBytes, maxBodiesBytes, retryAfterMs } = this.#limits;
    const before = this.#heldOf.get(request) ?? 0;
    if (bytes <= before) return;
    if (bytes > maxBodyBytes) {
      throw new GraphQLError('Request body too large', {
        extensions: { code: 'REQUEST_ENTITY_TOO_LARGE', http: { status: 413 } },
      });
    }
    const others = this.#held - before;
    if (bytes > ALWAYS_BYTES && others > 0 && others + bytes > maxBodiesBytes) {
      const ms = retryAfterMs();
      throw new GraphQLError(`Too much is under way. Send it again in ${ms} ms.`, {
        extensions: {
          code: 'RATE_LIMITED',
          retryAfterMs: ms,
          http: { status: 429, headers: toRetryAfter(ms) },
        },
      });
    }
    this.#held = others + bytes;
    this.#heldOf.set(request, bytes);
  }

  /** Nothing of a body is held any longer. */
  free(request: IncomingMessage): void {
    this.#held -= this.#heldOf.get(request) ?? 0;
    this.#heldOf.delete(request);
  }
}

/** Reads a body to its end. Rejects as soon as it is too much; what still comes is thrown away once the answer is sent. */
function readBody(request: IncomingMessage, room: BodyRoom): Promise<Buffer> {
  room.hold(request, Number(request.headers['content-length'] ?? 0));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      chunks.push(chunk);
      try {
        room.hold(request, bytes);
      } catch (refusal) {
        chunks.length = 0;
        request.off('data', take).pause();
        reject(refusal);
      }
    };
    request.on('data', take);
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', reject);
    request.on('close', () => request.complete || reject(badRequest('The body broke off.')));
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
