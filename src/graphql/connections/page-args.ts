import type { ArgBuilder, InputRef } from '@pothos/core';
import type { FilterInput } from '../../store/read/filters/filter.ts';
import type { TypesOf } from '../builder.ts';
import type { SubjectInputs } from '../filters/inputs.ts';

/** The four arguments of every connection. */
export function pageArgs(arg: ArgBuilder<TypesOf>) {
  return {
    first: arg.int({
      description:
        'Returns at most this many rows from the start: 1 to 100. Default: 20, unless `last` is set.',
    }),
    after: arg.string({ description: 'Returns only rows after this cursor.' }),
    last: arg.int({
      description: 'Returns at most this many rows from the end: 1 to 100. Not together with `first`.',
    }),
    before: arg.string({ description: 'Returns only rows before this cursor.' }),
  };
}

/** The argument of everything that can be filtered. */
export function whereArg(arg: ArgBuilder<TypesOf>, filter: InputRef<FilterInput>) {
  return { where: arg({ type: filter, description: 'Reads only rows that match this filter.' }) };
}

/** The arguments of connections that can be filtered and ordered. */
export function listArgs(arg: ArgBuilder<TypesOf>, { filter, order }: SubjectInputs) {
  return {
    ...pageArgs(arg),
    ...whereArg(arg, filter),
    orderBy: arg({
      type: [order],
      description:
        'The order of the rows. Each further entry orders the rows that are equal in the entries before it. Default: the order in the description of the field.',
    }),
  };
}
