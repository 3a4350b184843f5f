import type { ArgBuilder } from '@pothos/core';
import type { builder } from './builder.ts';

type TypesOf = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never;

/** The four arguments of every connection. */
export function pageArgs(arg: ArgBuilder<TypesOf>) {
  return {
    first: arg.int({
      description: 'At most this many, from the start: 1 to 100. Default 20, unless `last` is given.',
    }),
    after: arg.string({ description: 'Only what comes after this cursor.' }),
    last: arg.int({ description: 'At most this many, from the end: 1 to 100. Not together with `first`.' }),
    before: arg.string({ description: 'Only what comes before this cursor.' }),
  };
}
