import type { FetchAPI, Plugin } from 'graphql-yoga';
import { type Coding, chooseCoding, compress } from './content-coding.ts';

const JSON_TYPE = /^application\/(?:graphql-response\+)?json/;

/**
 * Compresses JSON answers for clients that ask for it. Event streams are not JSON: compression
 * would delay their events. The router sets `Vary`. An answer that is not compressed passes
 * without a promise of its own.
 */
export function useCompressedAnswers(): Plugin {
  return {
    onResponse({ request, response, fetchAPI, setResponse }) {
      const acceptEncoding = request.headers.get('accept-encoding');
      if (acceptEncoding === null || request.signal.aborted) return undefined;
      const bytes = Number(response.headers.get('content-length') ?? 0);
      if (bytes === 0 || !JSON_TYPE.test(response.headers.get('content-type') ?? '')) return undefined;
      const coding = chooseCoding(acceptEncoding, bytes);
      if (coding === 'identity') return undefined;
      return compressAnswer(response, coding, fetchAPI).then(setResponse);
    },
  };
}

async function compressAnswer(
  response: Response,
  coding: Exclude<Coding, 'identity'>,
  { Response }: FetchAPI,
): Promise<Response> {
  const { headers, status, statusText } = response;
  const body = await compress(await response.text(), coding);
  headers.set('content-encoding', coding);
  headers.set('content-length', String(body.length));
  return new Response(body, { status, statusText, headers });
}
