import { sql } from 'drizzle-orm';
import { type Queries, run } from '../database/database.ts';
import { SHADOW } from './open-session.ts';
import { PROJECTION_NAMES } from './projections.ts';
import type { Rebuild } from './rebuild.ts';

/** An index of a table, its key included. */
interface Index {
  name: string;
  isKey: boolean;
  /** Makes it, by the same name, on whichever table of that name the search path finds. */
  statement: string;
}

/** What folding looks up beside keys: when an automation last ran. */
const LOOKED_UP = 'automation_runs_of_automation';

/** Tells whether folding would be slow without an index. The others are made when all rows are there, which is quicker. */
export function isNeededWhileFolding({ name, isKey }: Index): boolean {
  return isKey || name === LOOKED_UP;
}

/** The indexes of the projections in a schema, which must be on the search path. */
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

/** Makes the indexes that the shadows still lack, each in a transaction of its own, so an interrupted rebuild keeps them. */
export async function completeIndexes({ session, listener, signal }: Rebuild): Promise<void> {
  const { queries, home, inShadow } = session;
  const made = new Set((await inShadow((shadow) => listIndexes(shadow, SHADOW))).map(({ name }) => name));
  const missing = (await listIndexes(queries, home)).filter(({ name }) => !made.has(name));
  listener.begin({ name: 'making indexes', noun: 'indexes', total: missing.length, done: 0 });
  for (const { statement } of missing) {
    signal.throwIfAborted();
    await inShadow((transaction) => run(transaction, sql.raw(statement)));
    listener.advance(1);
  }
}
