import { sql } from 'drizzle-orm';
import { PROJECTION_VERSION } from '../../domain/merge/projection-version.ts';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import { type Queries, run } from '../database/database.ts';
import { toFailureCode } from '../database/failure.ts';
import { foldEvents, toParts } from './fold-events.ts';
import { listAttributes } from './hangers-on.ts';
import { type RebuildSession, SHADOW, setLocally } from './open-session.ts';
import { listHeads, listProgress, type TenantProgress } from './progress.ts';
import { inSchema, PROJECTIONS } from './projections.ts';
import { readLogBatch } from './read-log-batch.ts';
import { rereadEvent } from './reread-event.ts';
import { hasFingerprint } from './shadow-tables.ts';

/** Whoever asks for a table while we wait for it waits behind us, so we give up after this long. */
const LOCK_WAIT_MS = 1_000;
/** Events that may be left for the moment in which nobody writes; with more of them it would be no moment. */
const MOST_LEFT = 2_000;

/** SQL states of a lock that could not be had: lock_not_available, deadlock_detected. */
const LOCK_CODES = new Set(['55P03', '40P01']);

/** Why the tables could not be exchanged now, in words; they may be soon. */
class NotNow extends Error {}

/**
 * Puts the shadows in the place of the projections, in one transaction: holds ingest, folds what is left, waits for readers to leave
 * the old tables, and drops those; whoever asks meanwhile waits, and gets the new ones. Gives undefined, or why it would have taken too
 * long and nothing was done.
 */
export async function trySwap(session: RebuildSession): Promise<string | undefined> {
  try {
    await session.inShadow((transaction) => exchange(transaction, session.home), 'at once');
    return undefined;
  } catch (failure) {
    if (failure instanceof NotNow) return failure.message;
    if (LOCK_CODES.has(toFailureCode(failure) ?? '')) return 'others are at work on the tables';
    throw failure;
  }
}

async function exchange(transaction: Queries, home: string): Promise<void> {
  await setLocally(transaction, {
    lock_timeout: String(LOCK_WAIT_MS),
    idle_in_transaction_session_timeout: '5000',
  });
  // Whoever writes holds the row of a tenant; with this lock nobody does, or begins to.
  await run(transaction, sql`lock table ${inSchema(home, 'tenants')} in exclusive mode`);
  await foldRest(transaction, home);
  await lockAgainstReaders(transaction, home);
  if (!(await hasFingerprint(transaction, home))) {
    throw new Misconfiguration([
      'the tables were changed meanwhile, so the new rows do not fit; run it again',
    ]);
  }
  const attributes = await listAttributes(transaction, home);
  for (const { name } of PROJECTIONS) {
    await run(transaction, sql`drop table ${inSchema(home, name)}`);
    await run(transaction, sql`alter table ${inSchema(SHADOW, name)} set schema ${sql.identifier(home)}`);
  }
  for (const statement of attributes) await run(transaction, sql.raw(statement));
  await run(
    transaction,
    sql`update tenants set projection_version = ${PROJECTION_VERSION}
    where projection_version <> ${PROJECTION_VERSION}`,
  );
  await run(transaction, sql.raw(`drop schema ${SHADOW} cascade`));
}

async function foldRest(transaction: Queries, home: string): Promise<void> {
  const progress = await listProgress(transaction, await listHeads(transaction));
  const behind = progress.filter(({ head, position }) => head > position);
  const left = behind.reduce((sum, { head, position }) => sum + head - position, 0);
  if (left > MOST_LEFT) throw new NotNow(`${left} events have come meanwhile`);
  for (const tenant of behind) await foldTenant(transaction, home, tenant);
}

async function foldTenant(
  transaction: Queries,
  home: string,
  { tenantId, position, head }: TenantProgress,
): Promise<void> {
  for (let after = position; after < head; ) {
    const range = { tenantId, after, through: head };
    const batch = await readLogBatch(transaction, range, MOST_LEFT);
    if (batch.some(({ rawText }) => rawText === undefined))
      throw new NotNow('new events were pruned meanwhile');
    for (const part of toParts(batch.map(rereadEvent))) {
      await foldEvents(transaction, { home, tenantId, from: after }, part);
      after = part.at(-1)?.position ?? head;
    }
  }
}

async function lockAgainstReaders(transaction: Queries, home: string): Promise<void> {
  const endsAt = performance.now() + LOCK_WAIT_MS;
  for (const { name } of PROJECTIONS) {
    const leftMs = Math.ceil(endsAt - performance.now());
    if (leftMs <= 0) throw new NotNow('readers are at work on the tables');
    await setLocally(transaction, { lock_timeout: String(leftMs) });
    await run(transaction, sql`lock table ${inSchema(home, name)} in access exclusive mode`);
  }
}
