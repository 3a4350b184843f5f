import type { Plugin } from 'graphql-yoga';
import { chooseCoding, compress } from './content-coding.ts';

/**
 * Compresses JSON answers for clients that ask for it. Event streams are not JSON: compression
 * would delay their events. `Vary` is set where the request arrives.
 */
export function useCompressedAnswers(): Plugin {
  return {
    async onResponse({ request, response, fetchAPI, setResponse }) {
      const acceptEncoding = request.headers.get('accept-encoding');
      if (acceptEncoding === null || request.signal.aborted) return;
      const { headers, status, statusText } = response;
      const bytes = Number(headers.get('content-length') ?? 0);
      if (bytes === 0 || !JSON_TYPE.test(headers.get('content-type') ?? '')) return;
      const coding = chooseCoding(acceptEncoding, bytes);
      if (coding === 'identity') return;
      const body = await compress(await response.text(), coding);
      headers.set('content-encoding', coding);
      headers.set('content-length', String(body.length));
      setResponse(new fetchAPI.Response(body, { status, statusText, headers }));
    },
  };
}

const JSON_TYPE = /^application\/(?:graphql-response\+)?json/;
