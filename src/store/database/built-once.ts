import type { Queries } from './database.ts';

/** A statement as Drizzle has built it: gives its rows for the values of its placeholders. */
interface Built<Rows> {
  execute(values: Record<string, unknown>): Promise<Rows>;
}

/**
 * A statement whose text is always the same: Drizzle builds it once for each pool, which takes as long as running it, and each connection
 * prepares it once. What differs from time to time, `build` leaves to placeholders.
 */
export function builtOnce<Rows>(
  build: (queries: Queries) => Built<Rows>,
): (queries: Queries, values: Record<string, unknown>) => Promise<Rows> {
  const known = new WeakMap<Queries, Built<Rows>>();
  return (queries, values) => {
    const built = known.get(queries) ?? build(queries);
    known.set(queries, built);
    return built.execute(values);
  };
}
