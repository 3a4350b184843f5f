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

const DEFAULT_SIZE = 20;
const MAX_SIZE = 100;

/** Validates the arguments of a connection. Throws BAD_USER_INPUT. */
export function parsePageArguments({ first, after, last, before }: PageArguments): PageRequest {
  if (typeof first === 'number' && typeof last === 'number') {
    throw new Refusal('BAD_USER_INPUT', 'first and last exclude each other; use one of them.');
  }
  const forward = typeof last !== 'number';
  const size = forward ? (first ?? DEFAULT_SIZE) : last;
  if (size < 1 || size > MAX_SIZE) {
    throw new Refusal(
      'BAD_USER_INPUT',
      `${forward ? 'first' : 'last'}: ${size} is not from 1 to ${MAX_SIZE}.`,
    );
  }
  return { size, forward, after: after ?? undefined, before: before ?? undefined };
}
