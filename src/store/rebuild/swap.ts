import { sql } from 'drizzle-orm';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import type { Queries } from '../database/database.ts';
import { toFailureCode } from '../database/failure.ts';
import { run } from '../database/statements.ts';
import { PROJECTION_VERSION } from '../tables/projection-tables.ts';
import { listAttributes } from './dependents.ts';
import { foldEvents, toParts } from './fold-events.ts';
import { type RebuildSession, SHADOW, setLocally } from './open-session.ts';
import { listHeads, listProgress, type TenantProgress } from './progress.ts';
import { inSchema, PROJECTIONS } from './projections.ts';
import { readLogBatch } from './read-log-batch.ts';
import { rereadEvent } from './reread-event.ts';
import { hasFingerprint } from './shadow-tables.ts';

/** The longest wait for a lock. Other users of the table queue behind the exchange. */
const LOCK_WAIT_MS = 1_000;
/** The most events that the exchange folds while ingest waits. */
const MOST_LEFT = 2_000;

/** SQL states of a lock that was not granted: lock_not_available, deadlock_detected. */
const LOCK_CODES = new Set(['55P03', '40P01']);

/** The tables cannot be exchanged now, but possibly soon. The message says why. */
class NotNow extends Error {}

/**
 * Replaces the projections by the shadow tables in one transaction: blocks ingest, folds the
 * remaining events, waits for readers of the old tables to finish, and drops those. Other
 * users of the tables wait and then get the new ones. Returns undefined, or the reason why
 * nothing was exchanged.
 */
export async function trySwap(session: RebuildSession): Promise<string | undefined> {
  try {
    await session.inShadow((transaction) => exchange(transaction, session.home), 'at once');
    return undefined;
  } catch (failure) {
    if (failure instanceof NotNow) return failure.message;
    if (LOCK_CODES.has(toFailureCode(failure) ?? '')) return 'the tables are in use';
    throw failure;
  }
}

async function exchange(transaction: Queries, home: string): Promise<void> {
  await setLocally(transaction, {
    lock_timeout: String(LOCK_WAIT_MS),
    idle_in_transaction_session_timeout: '5000',
  });
  // Every writer locks the row of a tenant. This lock waits for them and blocks new ones.
  await run(transaction, sql`lock table ${inSchema(home, 'tenants')} in exclusive mode`);
  await foldRest(transaction, home);
  await lockAgainstReaders(transaction, home);
  if (!(await hasFingerprint(transaction, home))) {
    throw new Misconfiguration([
      'the tables were changed during the rebuild, so the new rows do not fit; run it again',
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
  if (left > MOST_LEFT) throw new NotNow(`${left} new events have arrived`);
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
    if (batch.some(({ rawText }) => rawText === undefined)) throw new NotNow('new events were pruned');
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
    if (leftMs <= 0) throw new NotNow('readers are using the tables');
    await setLocally(transaction, { lock_timeout: String(leftMs) });
    await run(transaction, sql`lock table ${inSchema(home, name)} in access exclusive mode`);
  }
}
