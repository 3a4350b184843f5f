import { setTimeout as sleep } from 'node:timers/promises';
import type postgres from 'postgres';
import { Misconfiguration } from '../../../domain/misconfiguration.ts';

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
 * connection another backend each time. With other load on the pooler, backends change at random. Nothing is set and no
 * lock is taken, so nothing stays behind on the pooler's connections.
 */
export async function refuseSharedSessions(open: () => postgres.Sql): Promise<void> {
  // A connection that was lost and opened again in between has a new backend too, so one finding proves nothing.
  if (!((await areSessionsShared(open)) && (await areSessionsShared(open)))) return;
  throw new Misconfiguration([
    'DATABASE_URL: this is a connection pooler in transaction or statement mode. The service needs sessions of its own: ' +
      'connect to PostgreSQL itself, or set the pooler to session mode (PgBouncer: pool_mode=session).',
  ]);
}

async function areSessionsShared(open: () => postgres.Sql): Promise<boolean> {
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
    await Promise.all([first, second].map((client) => client.end({ timeout: 1 })));
  }
}

async function askInTurn(first: postgres.Sql, second: postgres.Sql): Promise<boolean> {
  const own = await askBackend(first);
  for (let round = 0; round < ROUNDS; round += 1) {
    if ((await askBackend(first)) !== own || (await askBackend(second)) === own) return true;
  }
  return false;
}

/** Names the backend that runs this statement: a process id may be used again, but not with the time of its start. */
async function askBackend(client: postgres.Sql): Promise<string> {
  const [row] = await client.unsafe<{ backend: string }[]>(
    `select pid || ' since ' || backend_start as backend from pg_stat_activity where pid = pg_backend_pid()`,
  );
  return row?.backend ?? '';
}
