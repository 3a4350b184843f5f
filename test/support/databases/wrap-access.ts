import type { Database, SqlAccess } from '../../../src/store/database/database.ts';
import { type Statement, watchQueries } from './watch-queries.ts';

/** Returns the same database, whose reads and writes, of every tenant, go through `wrap`. */
export function wrapAccess(database: Database, wrap: (access: SqlAccess) => SqlAccess): Database {
  return {
    ...database,
    acrossTenants: { ...wrap(database.acrossTenants), isAcrossTenants: true },
    forTenant: (tenantId) => ({ ...wrap(database.forTenant(tenantId)), tenantId }),
  };
}

/** Returns the same database, but reports each statement that is read or written. */
export function watchStatements(database: Database, note: (statement: Statement) => void): Database {
  return wrapAccess(database, ({ read, write }) => ({
    read: (work) => read((queries) => work(watchQueries(queries, note))),
    write: (work) => write((transaction) => work(watchQueries(transaction, note))),
  }));
}
