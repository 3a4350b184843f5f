import { fillPlaceholders } from 'drizzle-orm';
import type { Queries } from '../../../src/store/database/database.ts';

/** A statement as it goes to the database. */
export interface Statement {
  sql: string;
  params: unknown[];
}

/** Returns the same queries, but reports each statement that is run. */
export function watchQueries(queries: Queries, note: (statement: Statement) => void): Queries {
  const { session } = queries._;
  const watched = Object.create(session, {
    prepareQuery: {
      value(query: Statement, ...rest: unknown[]) {
        const prepared = Reflect.apply(session.prepareQuery, this, [query, ...rest]);
        const execute = prepared.execute.bind(prepared);
        prepared.execute = (values: Record<string, unknown> = {}) => {
          note({ sql: query.sql, params: fillPlaceholders(query.params, values) });
          return execute(values);
        };
        return prepared;
      },
    },
  });
  return Object.assign(Object.create(queries), { session: watched, _: { ...queries._, session: watched } });
}
