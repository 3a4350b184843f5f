import { toFailureCode } from './failure.ts';

/** in_failed_sql_transaction: all that a statement can say which came after the one that failed. */
const AFTER_A_FAILURE = '25P02';

/**
 * Waits for statements of one transaction that were begun without waiting for one another: they go to the database together,
 * in the order begun, which saves a round trip each. Waits for all of them even after a failure: what is still
 * sent after a rollback would run outside the transaction. Throws the failure that the others follow from, whichever was heard of first.
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
