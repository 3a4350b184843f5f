import { IS_FULL } from '../run/dose.ts';
import { DATABASE_KINDS, type DatabaseKind } from './databases.ts';

/**
 * Divides many similar cases between the databases: PGlite takes the first one and every second
 * after it, PostgreSQL the others. `offset` is added to the place of each case, so that lists
 * beginning with the same cases are divided differently. In the full dose, and where `TEST_KIND`
 * names one database, each database takes all cases.
 */
export function takeTurns<T>(kind: DatabaseKind, cases: readonly T[], offset = 0): T[] {
  const takesAll = IS_FULL || process.env.TEST_KIND !== undefined;
  const turn = kind === 'pglite' ? 0 : 1;
  return cases.filter((_, place) => takesAll || (place + offset) % DATABASE_KINDS.length === turn);
}
