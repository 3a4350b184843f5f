import { type Instant, toMilliseconds } from '../../../domain/values/instant.ts';
import type { FilterInput } from '../filters/filter.ts';

/** A time from one millisecond to another, both included. Empty if they are in the other order. */
export interface TimeRange {
  fromMs: number;
  toMs: number;
}

/**
 * Returns the time to which a valid filter limits the rows, by conditions on the field at `path`.
 * Undefined if a side is open. Conditions below `and` count; those below `or` and `not` do not.
 */
export function findTimeRange(
  where: FilterInput | null | undefined,
  path: readonly string[],
): TimeRange | undefined {
  const conditions = where ? listConditions(where, path) : [];
  const bounds = (operator: string, shiftMs: number) =>
    conditions.flatMap((condition) => {
      const bound = condition[operator];
      return bound === undefined ? [] : [toMilliseconds(bound as Instant) + shiftMs];
    });
  const fromMs = Math.max(...bounds('gte', 0), ...bounds('gt', 1));
  const toMs = Math.min(...bounds('lte', 0), ...bounds('lt', -1));
  return Number.isFinite(fromMs) && Number.isFinite(toMs) ? { fromMs, toMs } : undefined;
}

/** Lists the conditions on a field that all rows meet. */
function listConditions(filter: FilterInput, path: readonly string[]): FilterInput[] {
  const [name = '', ...deeper] = path;
  const below = filter[name] as FilterInput | undefined;
  const together = (filter.and ?? []) as readonly FilterInput[];
  const own = below === undefined ? [] : deeper.length === 0 ? [below] : listConditions(below, deeper);
  return [...own, ...together.flatMap((child) => listConditions(child, path))];
}
