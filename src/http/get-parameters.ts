import type { Plugin } from 'graphql-yoga';
import { Refusal } from '../domain/refusal.ts';
import { toResponse } from './answer.ts';

/** Refuses `variables` and `extensions` that are not JSON; Yoga's error would be masked. */
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
