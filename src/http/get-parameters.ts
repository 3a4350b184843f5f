import type { Plugin } from 'graphql-yoga';

/** Refuses a GET whose `variables` or `extensions` are no JSON: Yoga throws on them, which would count as a fault of ours. */
export function useReadableGetParameters(): Plugin {
  return {
    onRequest({ request, url, endResponse, fetchAPI }) {
      if (request.method !== 'GET') return;
      for (const name of ['variables', 'extensions']) {
        const text = url.searchParams.get(name);
        if (text === null || text === '' || isJson(text)) continue;
        const errors = [{ message: `${name} is not JSON.`, extensions: { code: 'BAD_REQUEST' } }];
        return endResponse(fetchAPI.Response.json({ errors }, { status: 400 }));
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
