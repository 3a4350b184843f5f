import { setTimeout as sleep } from 'node:timers/promises';
import { Misconfiguration } from '../../../domain/misconfiguration.ts';
import type { Probe } from './probe.ts';

/** How often the connections are asked. Under other load a pooler may seem to give each a session of its own for a while. */
const ROUNDS = 10;
/** A pooler whose pool is exhausted lets a connection wait without an answer. */
const ANSWER_WITHIN_MS = 15_000;

/**
 * Throws a Misconfiguration where connections have no session of their own: behind a pooler in transaction or statement
 * mode. The service sets limits per session, listens for notifications, and takes locks that belong to a session.
 *
 * Two connections that are open at the same time ask which backend serves them, in the order first, first, second. If
 * sessions are their own, each connection keeps one backend, which the other never has. A pooler that reuses the last
 * server gives the first connection's backend to the second. A pooler that takes its servers in turn gives the first
 * connection another backend each time. With other load on the pooler, backends change at random. A connection that was
 * lost and opened again has another backend too, so such a round proves nothing. Nothing is set and no lock is taken, so
 * nothing stays behind on the pooler's connections.
 */
export async function refuseSharedSessions(open: () => Probe): Promise<void> {
  if (!(await areSessionsShared(open))) return;
  throw new Misconfiguration([
    'DATABASE_URL: this is a connection pooler in transaction or statement mode. The service needs sessions of its own: ' +
      'connect to PostgreSQL itself, or set the pooler to session mode (PgBouncer: pool_mode=session).',
  ]);
}

async function areSessionsShared(open: () => Probe): Promise<boolean> {
  const [first, second] = [open(), open()];
  const asked = askInTurn(first, second);
  try {
    const answer = await Promise.race([asked, sleep(ANSWER_WITHIN_MS, undefined, { ref: false })]);
    if (answer !== undefined) return answer;
    throw new Misconfiguration([
      'DATABASE_URL: one connection is answered, and a second one is not. If this is a connection pooler, its pool is too ' +
        'small: the service needs 15 connections.',
    ]);
  } finally {
    asked.catch(() => undefined);
    await Promise.all([first, second].map((probe) => probe.close(1)));
  }
}

async function askInTurn(first: Probe, second: Probe): Promise<boolean> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const lost = first.lost;
    const own = await askBackend(first);
    const again = await askBackend(first);
    const other = await askBackend(second);
    if (first.lost === lost && (again !== own || other === own)) return true;
  }
  return false;
}

/** Names the backend that runs this statement: a process id may be used again, but not with the time of its start. */
async function askBackend(probe: Probe): Promise<string> {
  const { backend } = await probe.ask<{ backend: string }>(
    `select pid || ' since ' || backend_start as backend from pg_catalog.pg_stat_activity where pid = pg_catalog.pg_backend_pid()`,
  );
  return backend;
}
