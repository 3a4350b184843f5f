import { toFailureCode } from './failure.ts';

/** in_failed_sql_transaction: the failure of each statement after the one that failed. */
const AFTER_A_FAILURE = '25P02';

/**
 * Waits for statements of one transaction that were started without waiting for one another.
 * They are sent together and in order, which saves a round trip each. Waits for all of them
 * even after a failure, because a statement sent after the rollback would run outside the
 * transaction. Throws the failure that caused the others.
 */
export async function pipeline<Results extends unknown[]>(
  ...statements: { [Index in keyof Results]: Promise<Results[Index]> }
): Promise<Results> {
  const failures: unknown[] = [];
  await Promise.all(statements.map((each) => each.catch((failure: unknown) => failures.push(failure))));
  const cause = failures.find((failure) => toFailureCode(failure) !== AFTER_A_FAILURE);
  if (failures.length > 0) throw cause ?? failures[0];
  return Promise.all(statements) as Promise<Results>;
}
