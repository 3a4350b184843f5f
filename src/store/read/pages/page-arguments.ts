import { Refusal } from '../../../domain/refusal.ts';

/** The arguments of a Relay connection, from GraphQL. */
export interface PageArguments {
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}

/**
 * A requested page: `size` rows from the start (forward) or the end of the rows between the
 * cursors.
 */
export interface PageRequest {
  size: number;
  forward: boolean;
  after: string | undefined;
  before: string | undefined;
}

/**
 * The size of a page: without `first` and `last`, and the largest. The schema and the list costs
 * contain these numbers, so no setting can change them.
 */
export const PAGE_SIZE = { default: 20, max: 100 } as const;

/** Validates the arguments of a connection. Throws BAD_USER_INPUT. */
export function parsePageArguments({ first, after, last, before }: PageArguments): PageRequest {
  if (typeof first === 'number' && typeof last === 'number') {
    throw new Refusal('BAD_USER_INPUT', 'first and last exclude each other; use one of them.');
  }
  const forward = typeof last !== 'number';
  const size = forward ? (first ?? PAGE_SIZE.default) : last;
  if (size < 1 || size > PAGE_SIZE.max) {
    throw new Refusal(
      'BAD_USER_INPUT',
      `${forward ? 'first' : 'last'}: ${size} is not from 1 to ${PAGE_SIZE.max}.`,
    );
  }
  return { size, forward, after: after ?? undefined, before: before ?? undefined };
}
