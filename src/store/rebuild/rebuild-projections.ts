import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import { PROJECTION_VERSION } from '../../domain/projection-version.ts';
import { run } from '../database.ts';
import type { DatabaseLocation } from '../open-database.ts';
import { isOutdated } from '../outdated.ts';
import { catchUp } from './catch-up.ts';
import { compareTable, isSame, type TableComparison } from './compare-table.ts';
import { listHangersOn } from './hangers-on.ts';
import { completeIndexes } from './indexes.ts';
import type { RebuildListener } from './listener.ts';
import { openRebuildSession, type RebuildSession, SHADOW } from './open-session.ts';
import { listHeads, listProgress, sumFindings } from './progress.ts';
import { inSchema, PROJECTIONS } from './projections.ts';
import { dropShadow, openShadow } from './shadow-tables.ts';
import { trySwap } from './swap.ts';

/** What a rebuild has found and done. */
export interface RebuildReport {
  events: number;
  tables: TableComparison[];
  /** Events whose columns were not as this version reads them; they are now. */
  reread: number;
  /** Events of the log that this version refuses, so that they tell nothing. */
  refused: number;
  /** Whether the rows that differed were of an older version, so that they had to differ. */
  outdated: boolean;
  /** Whether all rows were the same already, so that they were left as they were. */
  agreed: boolean;
}

const SWAP_PAUSE_MS = 2_000;
/** So few events are left for the next step, as more come while they are folded. */
const NEARLY_THERE = 1_000;

/**
 * Makes all projections anew from the log, beside those that are read, and compares them; where they differ, puts the new ones in the place
 * of the old. The service may go on meanwhile (not on an embedded database). Goes on where an interrupted rebuild of the same version
 * stopped. Throws a Misconfiguration where it cannot begin.
 */
export async function rebuildProjections(
  location: DatabaseLocation,
  listener: RebuildListener,
  batchSize?: number,
): Promise<RebuildReport> {
  await using session = await openRebuildSession(location);
  const rebuild = { session, listener, batchSize };
  await begin(rebuild);
  await catchUpWithAll(rebuild, 'reading the log');
  for (const { name } of PROJECTIONS) await run(session.queries, sql`analyze ${inSchema(SHADOW, name)}`);
  const tables = await compare(rebuild);
  const outdated = await isOutdated(session.queries);
  const [findings, heads] = [await sumFindings(session.queries), await listHeads(session.queries)];
  const agreed = tables.every(isSame);
  if (agreed) await keepOld(session);
  else await putNewInPlace(rebuild);
  return { events: sum([...heads.values()]), tables, ...findings, outdated, agreed };
}

/** Takes away what an interrupted rebuild has left. Says whether there was anything. */
export async function abandonRebuild(location: DatabaseLocation): Promise<boolean> {
  await using session = await openRebuildSession(location);
  return await dropShadow(session);
}

interface Rebuild {
  session: RebuildSession;
  listener: RebuildListener;
  batchSize: number | undefined;
}

async function begin({ session, listener }: Rebuild): Promise<void> {
  const found = await openShadow(session);
  if (found === 'resumed') listener.say('going on where an interrupted rebuild stopped');
  if (found === 'replaced') listener.say('an interrupted rebuild was of another version: beginning anew');
  const hangersOn = await listHangersOn(session.queries, session.home);
  if (hangersOn.length > 0) {
    listener.say(`new tables can be put in place only without ${hangersOn.join(', ')}`);
  }
}

/** Folds all logs until hardly anything is left; ingest may go on, so the end moves. */
async function catchUpWithAll(rebuild: Rebuild, firstStep: string): Promise<void> {
  for (let step = firstStep; ; step = 'catching up') {
    const heads = await listHeads(rebuild.session.queries);
    if ((await foldThrough(rebuild, step, heads)) < NEARLY_THERE) return;
  }
}

/** Folds logs up to these heads. Gives the number of events that were left. */
async function foldThrough(
  { session, listener, batchSize }: Rebuild,
  step: string,
  heads: ReadonlyMap<string, number>,
): Promise<number> {
  const progress = await session.inShadow((shadow) => listProgress(shadow, heads));
  const left = sum(progress.map(({ head, position }) => Math.max(0, head - position)));
  if (left === 0) return 0;
  const total = sum([...heads.values()]);
  listener.begin(step, total, total - left);
  for (const tenant of progress) await catchUp(session, tenant, listener, batchSize);
  return left;
}

/** Compares all rows as they are at one moment with what the log told until then. */
function compare(rebuild: Rebuild): Promise<TableComparison[]> {
  const { session, listener } = rebuild;
  return session.withSnapshot(async (snapshot) => {
    const heads = await listHeads(snapshot);
    await foldThrough(rebuild, 'catching up', heads);
    listener.begin('comparing rows', await estimateRows(session), 0);
    const tables: TableComparison[] = [];
    for (const table of PROJECTIONS) {
      const standing = { schema: session.home, queries: snapshot };
      const told = { schema: SHADOW, queries: session.queries };
      const comparison = await compareTable(table, standing, told, (count) => listener.advance(count));
      listener.compared(comparison);
      tables.push(comparison);
    }
    return tables;
  });
}

async function estimateRows({ queries }: RebuildSession): Promise<number> {
  const [row] = await run(
    queries,
    sql`select coalesce(sum(reltuples), 0) as rows from pg_class
        where relnamespace = ${SHADOW}::text::regnamespace and relkind = 'r'`,
  );
  return Number(row?.rows);
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
  const { session, listener } = rebuild;
  const hangersOn = await listHangersOn(session.queries, session.home);
  if (hangersOn.length > 0) {
    throw new Misconfiguration([
      `new tables would lose ${hangersOn.join(', ')}: drop that, run it again, and make it anew`,
    ]);
  }
  await completeIndexes(session, (done, total) => {
    if (done === 0) listener.begin('making indexes', total, 0);
    else listener.advance(1);
  });
  for (const { name } of PROJECTIONS) {
    // Readers will find rows that are known to be visible, and statistics to plan with.
    await run(session.queries, sql`vacuum (analyze) ${inSchema(SHADOW, name)}`);
  }
  for (;;) {
    await catchUpWithAll(rebuild, 'catching up');
    const obstacle = await trySwap(session);
    if (obstacle === undefined) return;
    listener.say(`not put in place yet, trying again: ${obstacle}`);
    await sleep(SWAP_PAUSE_MS);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
