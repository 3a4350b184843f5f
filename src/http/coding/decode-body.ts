import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { GraphQLError } from 'graphql';
import { Refusal } from '../../domain/refusal.ts';
import { toGraphqlError } from '../../graphql/refusal-error.ts';

/** The supported content codings (RFC 9110, 8.4.1), in lower case. */
const DECODERS: ReadonlyMap<string, () => Transform> = new Map([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);
/** Each coding costs a decoder, and clients need no more than this. */
const MAX_CODINGS = 4;

/** A body and its decoders: every stage from the socket to the decoded bytes. */
export interface BodyStages {
  all: readonly Readable[];
  decoded: Readable;
  /** Stops decoding and discards the rest, so the next request on the connection is read. */
  stop(): void;
}

/**
 * Decodes a body by its `Content-Encoding`. Throws 415 for an unsupported coding. Calls
 * `onError` with a 400 if the bytes do not match the header.
 */
export function decodeBody(request: IncomingMessage, onError: (error: GraphQLError) => void): BodyStages {
  const decoders = toDecoders(request.headers['content-encoding']);
  for (const decoder of decoders) {
    decoder.on('error', () => onError(notDecodable(request.headers['content-encoding'])));
  }
  const all: Readable[] = [request, ...decoders];
  const decoded = decoders.reduce<Readable>((source, decoder) => source.pipe(decoder), request);
  return {
    all,
    decoded,
    stop() {
      request.unpipe().resume();
      for (const decoder of decoders) decoder.destroy();
    },
  };
}

/** Returns the decoders. The header lists codings as applied, so the last decodes first. */
function toDecoders(header: string | undefined): Transform[] {
  if (header === undefined) return [];
  const codings = header
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length > MAX_CODINGS) throw unsupported(`more than ${MAX_CODINGS} codings`);
  const creators = codings.map((coding) => {
    const create = DECODERS.get(coding);
    if (create === undefined) throw unsupported(JSON.stringify(coding));
    return create;
  });
  return creators.reverse().map((create) => create());
}

function unsupported(what: string): GraphQLError {
  const message = `Content-Encoding: ${what} is not supported; send gzip, deflate, br or identity.`;
  const headers = { 'accept-encoding': 'gzip, deflate, br' };
  return toGraphqlError(new Refusal('BAD_REQUEST', message), { status: 415, headers });
}

function notDecodable(header: string | undefined): GraphQLError {
  const message = `The body is damaged, incomplete, or not encoded with its Content-Encoding (${header}).`;
  return toGraphqlError(new Refusal('BAD_REQUEST', message), { status: 400 });
}
