import type { Tracing } from '../../tracing/tracing.ts';
import type { Database, Queries, SqlAccess } from './database.ts';
import { observeStatements } from './drizzle-internals.ts';

/** Returns the same database, whose statements have spans. */
export function traceDatabase(database: Database, tracing: Tracing): Database {
  // Statements that are built once are found by their queries, so each has one traced form.
  const traced = new WeakMap<Queries, Queries>();
  const toTraced = (queries: Queries): Queries => {
    const known = traced.get(queries);
    if (known !== undefined) return known;
    const made = observeStatements(queries, (text) => {
      const span = tracing.startStatement(text);
      return span && ((isOk) => span.end(isOk));
    });
    traced.set(queries, made);
    return made;
  };
  const trace = ({ read, write }: SqlAccess): SqlAccess => ({
    read: (work) => read((queries) => work(toTraced(queries))),
    write: (work) => write((transaction) => work(toTraced(transaction))),
  });
  return {
    ...database,
    acrossTenants: { ...trace(database.acrossTenants), isAcrossTenants: true },
    forTenant: (tenantId) => ({ ...trace(database.forTenant(tenantId)), tenantId }),
  };
}
