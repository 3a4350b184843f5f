import { execute } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Executes with graphql-js, whose answers have their fields in the order of the document; Yoga's own executor lets them come as they resolve. */
export function useGraphqlJs(): Plugin {
  return {
    onExecute({ setExecuteFn }) {
      setExecuteFn(execute);
    },
  };
}
