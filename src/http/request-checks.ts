import type { Plugin } from 'graphql-yoga';
import { Refusal, type StatusOf } from '../domain/refusal.ts';
import { findAcceptProblem } from './accept.ts';
import { toResponse } from './answer.ts';

/** Why a request is refused, and the HTTP status. */
interface RequestProblem {
  status: StatusOf<'BAD_REQUEST'>;
  message: string;
}

/** Refuses requests that Yoga would accept or answer badly, before it reads them. */
export function useRequestChecks(): Plugin {
  return {
    onRequest({ request, url, endResponse, fetchAPI }) {
      const problem = findProblem(request, url);
      if (problem === undefined) return;
      endResponse(toResponse(fetchAPI, new Refusal('BAD_REQUEST', problem.message), problem.status));
    },
  };
}

function findProblem({ method, headers }: Request, url: URL): RequestProblem | undefined {
  if (method === 'POST') {
    // Any page can post forms or text without a preflight.
    const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
    if (type !== 'application/json') return { status: 415, message: 'Send application/json.' };
  } else if (method === 'GET') {
    const unreadable = findUnreadable(url);
    if (unreadable !== undefined) return { status: 400, message: `${unreadable} is not JSON.` };
  } else return undefined;
  // Yoga would run the operation first, and then answer without a body.
  const message = findAcceptProblem(headers.get('accept'));
  return message === undefined ? undefined : { status: 406, message };
}

/** Finds a parameter of a GET request that is not JSON. Yoga's error for it would be masked. */
function findUnreadable({ searchParams }: URL): string | undefined {
  return ['variables', 'extensions'].find((name) => {
    const text = searchParams.get(name);
    return text !== null && text !== '' && !isJson(text);
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
