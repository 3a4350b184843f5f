import type { IncomingMessage } from 'node:http';
import type { Plugin } from 'graphql-yoga';
import type { RequestIds } from '../../graphql/request-ids.ts';
import type { Admission } from './gate.ts';

/** What a transport passes on with an operation. */
export interface ServerContext {
  admission: Admission;
  ids: RequestIds;
}

/** The contexts of HTTP requests, by their request. */
export type ServerContexts = WeakMap<IncomingMessage, ServerContext>;

/**
 * Passes the contexts on. Yoga also takes one as an argument, but copies it with
 * `defineProperties`, and the object that results is slow to read.
 */
export function useServerContexts(contexts: ServerContexts): Plugin {
  return {
    onRequest({ serverContext }) {
      const { req } = serverContext as { req?: IncomingMessage };
      if (req !== undefined) Object.assign(serverContext as object, contexts.get(req));
    },
  };
}
