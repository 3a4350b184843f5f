import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import type { DatabaseLocation } from '../database/open-database.ts';
import { isOutdated } from '../database/outdated.ts';
import { run } from '../database/statements.ts';
import { PROJECTION_VERSION } from '../tables/projection-tables.ts';
import { catchUp, catchUpThrough } from './catch-up.ts';
import { compareTable, isSame, type TableComparison } from './compare-table.ts';
import { listDependents } from './dependents.ts';
import { completeIndexes } from './indexes.ts';
import { openRebuildSession, type RebuildSession, SHADOW } from './open-session.ts';
import { type Findings, listHeads, sumFindings } from './progress.ts';
import { inSchema, PROJECTIONS } from './projections.ts';
import type { Rebuild, RebuildSettings } from './rebuild.ts';
import { dropShadow, openShadow } from './shadow-tables.ts';
import { trySwap } from './swap.ts';

/*
 * A rebuild writes all projections again from the log, into shadow tables in a schema of their
 * own, with the code that ingest projects with.
 *
 * States: no shadow tables → folding → compared. Then the current tables stay if all rows
 * agree, or the shadow tables replace them, and the shadow schema is dropped. A rebuild that
 * finds shadow tables of the same version and table definitions resumes folding. Others are
 * dropped first.
 *
 * 1. Fold (`catch-up.ts`): batches of events are folded into the shadow tables until few are
 *    left. Each batch commits with its progress, so a rebuild may be interrupted anywhere.
 *    Facts of pruned events are copied from the current rows by their origins
 *    (`seed-pruned.ts`); nothing is left to verify them with.
 * 2. Compare (`compare-table.ts`): a snapshot fixes the current rows and heads, the shadow
 *    tables catch up to those heads, and both sides are compared. The snapshot locks nothing.
 * 3. Exchange (`swap.ts`), only if rows differ: the remaining indexes are created, ingest is
 *    locked out, the last events are folded, and the tables change places in one transaction.
 *    If a lock is not granted soon, nothing changes and the exchange is tried again.
 *
 * Guarantees: readers see either all old or all new tables. Only columns of the log and keys
 * of reloads that older versions wrote are updated while folding. The service may run during a
 * rebuild on PostgreSQL. A second rebuild is refused while one runs.
 */

/** What a rebuild found and did. */
export interface RebuildReport extends Findings {
  events: number;
  tables: TableComparison[];
  /** Whether an older version wrote the rows, so differences are expected. */
  outdated: boolean;
  /** Whether all rows were equal, so nothing was exchanged. */
  agreed: boolean;
}

const SWAP_PAUSE_MS = 2_000;

/**
 * Rebuilds all projections from the log; see the head of this file. Resumes an interrupted
 * rebuild of the same version. Throws a Misconfiguration if it cannot start or finish.
 */
export async function rebuildProjections(
  location: DatabaseLocation,
  settings: RebuildSettings,
): Promise<RebuildReport> {
  await using session = await openRebuildSession(location);
  const rebuild = { ...settings, session };
  await begin(rebuild);
  await catchUp(rebuild, 'reading the log');
  for (const { name } of PROJECTIONS) await run(session.queries, sql`analyze ${inSchema(SHADOW, name)}`);
  const tables = await compare(rebuild);
  const agreed = tables.every(isSame);
  const outdated = await isOutdated(session.queries);
  const [findings, heads] = [await sumFindings(session.queries), await listHeads(session.queries)];
  if (agreed) await keepCurrentTables(session);
  else await exchangeTables(rebuild);
  return { events: sum([...heads.values()]), tables, ...findings, outdated, agreed };
}

/** Drops the shadow tables of an interrupted rebuild. Returns whether there were any. */
export async function abandonRebuild(location: DatabaseLocation): Promise<boolean> {
  await using session = await openRebuildSession(location);
  return await dropShadow(session);
}

async function begin({ session, listener }: Rebuild): Promise<void> {
  const found = await openShadow(session);
  if (found === 'resumed') listener.say('resuming the interrupted rebuild');
  if (found === 'replaced') listener.say('the interrupted rebuild was of another version: starting again');
  const dependents = await listDependents(session.queries, session.home);
  if (dependents.length > 0) {
    listener.say(`if rows differ, the tables can be exchanged only without ${dependents.join(', ')}`);
  }
}

/** Compares the rows of one snapshot with the rows folded up to the heads of that snapshot. */
function compare(rebuild: Rebuild): Promise<TableComparison[]> {
  const { session, listener, signal } = rebuild;
  return session.withSnapshot(async (snapshot) => {
    await catchUpThrough(rebuild, 'catching up', await listHeads(snapshot));
    listener.begin({ name: 'comparing', noun: 'rows', total: await estimateRows(session), done: 0 });
    const current = { schema: session.home, queries: snapshot };
    const rebuilt = { schema: SHADOW, queries: session.queries };
    const tables: TableComparison[] = [];
    for (const table of PROJECTIONS) {
      const comparison = await compareTable(table, current, rebuilt, (count) => {
        signal.throwIfAborted();
        listener.advance(count);
      });
      listener.compared(comparison);
      tables.push(comparison);
    }
    return tables;
  });
}

/** Returns the number of rows as estimated by ANALYZE. */
async function estimateRows({ queries }: RebuildSession): Promise<number> {
  const [row] = await run(
    queries,
    sql`select coalesce(sum(greatest(reltuples, 0)), 0) as rows from pg_class
        where relnamespace = ${SHADOW}::text::regnamespace and relkind = 'r'`,
  );
  return Math.round(Number(row?.rows));
}

/** Keeps the current tables, because all rows agree. The service is not interrupted. */
async function keepCurrentTables(session: RebuildSession): Promise<void> {
  await run(
    session.queries,
    sql`update tenants set projection_version = ${PROJECTION_VERSION}
        where projection_version <> ${PROJECTION_VERSION}`,
  );
  await dropShadow(session);
}

async function exchangeTables(rebuild: Rebuild): Promise<void> {
  const { session, listener, signal } = rebuild;
  const dependents = await listDependents(session.queries, session.home);
  if (dependents.length > 0) {
    throw new Misconfiguration([
      `exchanging the tables would drop ${dependents.join(', ')}: drop it, run the rebuild again, and then create it again.`,
    ]);
  }
  await completeIndexes(rebuild);
  for (const { name } of PROJECTIONS) {
    signal.throwIfAborted();
    // VACUUM sets the visibility map for index-only scans; ANALYZE collects statistics.
    await run(session.queries, sql`vacuum (analyze) ${inSchema(SHADOW, name)}`);
  }
  for (;;) {
    await catchUp(rebuild, 'catching up');
    const obstacle = await trySwap(session);
    if (obstacle === undefined) return;
    listener.say(`the tables are not exchanged yet, trying again: ${obstacle}`);
    await sleep(SWAP_PAUSE_MS);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
