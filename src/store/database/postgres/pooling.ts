import { setTimeout as sleep } from 'node:timers/promises';
import { Misconfiguration } from '../../../domain/misconfiguration.ts';
import type { Probe } from './probe.ts';

/** Under other load, a pooler may give each connection a separate session for a while. */
const ROUNDS = 10;
/** A pooler with an exhausted pool keeps a connection waiting without an answer. */
const ANSWER_WITHIN_MS = 15_000;

/**
 * Throws a Misconfiguration if connections share sessions, as behind a pooler in transaction
 * or statement mode. The service sets limits per session, listens for notifications, and takes
 * locks that belong to a session.
 *
 * Two connections that are open at the same time query which backend serves them, in the order
 * first, first, second. With separate sessions, each connection keeps one backend, which the
 * other never has. A pooler that reuses the last server gives the backend of the first
 * connection to the second. A pooler that rotates its servers gives the first connection
 * another backend each time. With other load on the pooler, backends change at random.
 *
 * A connection that was lost and opened again has another backend too, so such a round proves
 * nothing. The check sets nothing and takes no lock, so it leaves no trace in the pooler's
 * sessions.
 */
export async function refuseSharedSessions(open: () => Probe): Promise<void> {
  if (!(await areSessionsShared(open))) return;
  throw new Misconfiguration([
    'DATABASE_URL: this is a connection pooler in transaction or statement mode. The service needs separate sessions: ' +
      'connect to PostgreSQL itself, or set the pooler to session mode (PgBouncer: pool_mode=session).',
  ]);
}

async function areSessionsShared(open: () => Probe): Promise<boolean> {
  const [first, second] = [open(), open()];
  const comparison = compareBackends(first, second);
  try {
    const answer = await Promise.race([comparison, sleep(ANSWER_WITHIN_MS, undefined, { ref: false })]);
    if (answer !== undefined) return answer;
    throw new Misconfiguration([
      'DATABASE_URL: the first connection was answered and the second was not. If this is a connection pooler, its pool is too ' +
        'small: the service needs 15 connections.',
    ]);
  } finally {
    comparison.catch(() => undefined);
    await Promise.all([first, second].map((probe) => probe.close(1)));
  }
}

async function compareBackends(first: Probe, second: Probe): Promise<boolean> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const lost = first.lost;
    const own = await findBackend(first);
    const again = await findBackend(first);
    const other = await findBackend(second);
    if (first.lost === lost && (again !== own || other === own)) return true;
  }
  return false;
}

/** Returns the backend of this statement: its pid and start time, because pids are reused. */
async function findBackend(probe: Probe): Promise<string> {
  const { backend } = await probe.query<{ backend: string }>(
    `select pid || ' since ' || backend_start as backend from pg_catalog.pg_stat_activity where pid = pg_catalog.pg_backend_pid()`,
  );
  return backend;
}
