import { sql } from 'drizzle-orm';
import type { Queries } from '../database/database.ts';
import { run } from '../database/statements.ts';
import { SHADOW } from './open-session.ts';
import { PROJECTION_NAMES } from './projections.ts';
import type { Rebuild } from './rebuild.ts';

/** An index of a table, or its primary key. */
interface Index {
  name: string;
  isKey: boolean;
  /** Creates the index, by the same name, on the table of that name in the search path. */
  statement: string;
}

/** Folding reads when an automation last ran through this index. */
const LOOKED_UP = 'automation_runs_of_automation';

/**
 * Returns whether folding would be slow without an index. The other indexes are created after
 * all rows are written, which is faster.
 */
export function isNeededWhileFolding({ name, isKey }: Index): boolean {
  return isKey || name === LOOKED_UP;
}

/** Lists the indexes of the projections in a schema, which must be on the search path. */
export async function listIndexes(queries: Queries, schema: string): Promise<Index[]> {
  return run<Index & Record<string, unknown>>(
    queries,
    sql`select i.relname as name, k.oid is not null as "isKey",
          case when k.oid is null then pg_get_indexdef(i.oid, 0, true)
            else format('alter table %I add constraint %I %s', t.relname, k.conname, pg_get_constraintdef(k.oid))
          end as statement
        from pg_class t join pg_namespace n on n.oid = t.relnamespace
        join pg_index x on x.indrelid = t.oid join pg_class i on i.oid = x.indexrelid
        left join pg_constraint k on k.conindid = i.oid and k.conrelid = t.oid
        where n.nspname = ${schema} and t.relname in (${PROJECTION_NAMES})
        order by i.relname`,
  );
}

/** Creates the missing indexes of the shadow tables, one transaction each. */
export async function completeIndexes({ session, listener, signal }: Rebuild): Promise<void> {
  const { queries, home, inShadow } = session;
  const made = new Set((await inShadow((shadow) => listIndexes(shadow, SHADOW))).map(({ name }) => name));
  const missing = (await listIndexes(queries, home)).filter(({ name }) => !made.has(name));
  listener.begin({ name: 'creating indexes', noun: 'indexes', total: missing.length, done: 0 });
  for (const { statement } of missing) {
    signal.throwIfAborted();
    await inShadow((transaction) => run(transaction, sql.raw(statement)));
    listener.advance(1);
  }
}
