import { sql } from 'drizzle-orm';
import { type Database, runFixed } from '../database/database.ts';

/** A log of this length is worth a plan. */
const FIRST_EVENTS = 500;

/**
 * Tells the planner what is in the tables, once a log has become long enough and if nobody has told it yet. Plans from when the tables
 * were empty take any index that begins with the tenant, and read all of the tenant's rows for each key; PostgreSQL itself
 * looks after a minute, and PGlite never. To be called after each batch; never fails.
 */
export async function analyseEarly(database: Database, before: number, after: number): Promise<void> {
  if (before >= FIRST_EVENTS || after < FIRST_EVENTS) return;
  await database
    .write(async (transaction) => {
      const known = sql`select reltuples from pg_class where oid = 'events'::regclass and reltuples >= 100`;
      if ((await runFixed(transaction, known)).length > 0) return;
      await runFixed(
        transaction,
        sql`analyze events, automation_runs, blocks, automations, apps, app_reloads`,
      );
    })
    // It is an early help; without it autovacuum comes later.
    .catch(() => undefined);
}
