import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { PROJECTION_VERSION } from '../../domain/merge/projection-version.ts';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import { run } from '../database/database.ts';
import type { DatabaseLocation } from '../database/open-database.ts';
import { isOutdated } from '../database/outdated.ts';
import { catchUp, catchUpThrough } from './catch-up.ts';
import { compareTable, isSame, type TableComparison } from './compare-table.ts';
import { listHangersOn } from './hangers-on.ts';
import { completeIndexes } from './indexes.ts';
import { openRebuildSession, type RebuildSession, SHADOW } from './open-session.ts';
import { type Findings, listHeads, sumFindings } from './progress.ts';
import { inSchema, PROJECTIONS } from './projections.ts';
import type { Rebuild, RebuildSettings } from './rebuild.ts';
import { dropShadow, openShadow } from './shadow-tables.ts';
import { trySwap } from './swap.ts';

/** What a rebuild has found and done. */
export interface RebuildReport extends Findings {
  events: number;
  tables: TableComparison[];
  /** Whether an older version made the rows, so that what differs had to. */
  outdated: boolean;
  /** Whether all rows were the same already, so that they were left as they were. */
  agreed: boolean;
}

const SWAP_PAUSE_MS = 2_000;

/**
 * Makes all projections anew from the log, beside those that are read, and compares them; where they differ, puts the new ones in the
 * place of the old. The service may go on meanwhile (not on an embedded database). Goes on where an interrupted rebuild of the same
 * version stopped. Throws a Misconfiguration where it cannot begin, or not end.
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
  if (agreed) await keepOld(session);
  else await putNewInPlace(rebuild);
  return { events: sum([...heads.values()]), tables, ...findings, outdated, agreed };
}

/** Takes away what an interrupted rebuild has left. Says whether there was anything. */
export async function abandonRebuild(location: DatabaseLocation): Promise<boolean> {
  await using session = await openRebuildSession(location);
  return await dropShadow(session);
}

async function begin({ session, listener }: Rebuild): Promise<void> {
  const found = await openShadow(session);
  if (found === 'resumed') listener.say('going on where an interrupted rebuild stopped');
  if (found === 'replaced') listener.say('an interrupted rebuild was of another version: beginning anew');
  const hangersOn = await listHangersOn(session.queries, session.home);
  if (hangersOn.length > 0) {
    listener.say(`should rows differ, new tables can be put in place only without ${hangersOn.join(', ')}`);
  }
}

/** Compares all rows as they are at one moment with what the log told until then. */
function compare(rebuild: Rebuild): Promise<TableComparison[]> {
  const { session, listener, signal } = rebuild;
  return session.withSnapshot(async (snapshot) => {
    await catchUpThrough(rebuild, 'catching up', await listHeads(snapshot));
    listener.begin({ name: 'comparing', noun: 'rows', total: await estimateRows(session), done: 0 });
    const standing = { schema: session.home, queries: snapshot };
    const told = { schema: SHADOW, queries: session.queries };
    const tables: TableComparison[] = [];
    for (const table of PROJECTIONS) {
      const comparison = await compareTable(table, standing, told, (count) => {
        signal.throwIfAborted();
        listener.advance(count);
      });
      listener.compared(comparison);
      tables.push(comparison);
    }
    return tables;
  });
}

/** As `analyze` has counted them. */
async function estimateRows({ queries }: RebuildSession): Promise<number> {
  const [row] = await run(
    queries,
    sql`select coalesce(sum(greatest(reltuples, 0)), 0) as rows from pg_class
        where relnamespace = ${SHADOW}::text::regnamespace and relkind = 'r'`,
  );
  return Math.round(Number(row?.rows));
}

/** The rows that are read are those that the log tells: nothing is exchanged, and nobody notices. */
async function keepOld(session: RebuildSession): Promise<void> {
  await run(
    session.queries,
    sql`update tenants set projection_version = ${PROJECTION_VERSION}
        where projection_version <> ${PROJECTION_VERSION}`,
  );
  await dropShadow(session);
}

async function putNewInPlace(rebuild: Rebuild): Promise<void> {
  const { session, listener, signal } = rebuild;
  const hangersOn = await listHangersOn(session.queries, session.home);
  if (hangersOn.length > 0) {
    throw new Misconfiguration([
      `new tables would lose ${hangersOn.join(', ')}: drop that, run it again, and make it anew.`,
    ]);
  }
  await completeIndexes(rebuild);
  for (const { name } of PROJECTIONS) {
    signal.throwIfAborted();
    // Readers will find rows that are known to be visible to all, and statistics to plan with.
    await run(session.queries, sql`vacuum (analyze) ${inSchema(SHADOW, name)}`);
  }
  for (;;) {
    await catchUp(rebuild, 'catching up');
    const obstacle = await trySwap(session);
    if (obstacle === undefined) return;
    listener.say(`not put in place yet, trying again: ${obstacle}`);
    await sleep(SWAP_PAUSE_MS);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
