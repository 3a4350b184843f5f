import type { Plugin } from 'graphql-yoga';
import { Refusal } from '../domain/refusal.ts';
import { toResponse } from './answer.ts';

/**
 * Refuses a GET whose `variables` or `extensions` are not JSON. Yoga throws on them, and the
 * error would be masked as a fault of the service.
 */
export function useReadableGetParameters(): Plugin {
  return {
    onRequest({ request, url, endResponse, fetchAPI }) {
      if (request.method !== 'GET') return;
      for (const name of ['variables', 'extensions']) {
        const text = url.searchParams.get(name);
        if (text === null || text === '' || isJson(text)) continue;
        const refusal = new Refusal('BAD_REQUEST', `${name} is not JSON.`);
        return endResponse(toResponse(fetchAPI, refusal, 400));
      }
    },
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
