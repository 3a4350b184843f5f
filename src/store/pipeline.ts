/**
 * Waits for statements of one transaction that were begun without waiting for one another: they go to the database together,
 * in the order begun, which saves a round trip each. Waits for all of them even after a failure, and throws the first one:
 * what is still sent after a rollback would run outside the transaction.
 */
export async function pipeline<Results extends unknown[]>(
  ...statements: { [Index in keyof Results]: Promise<Results[Index]> }
): Promise<Results> {
  const failures: unknown[] = [];
  await Promise.all(statements.map((each) => each.catch((failure: unknown) => failures.push(failure))));
  if (failures.length > 0) throw failures[0];
  return Promise.all(statements) as Promise<Results>;
}
