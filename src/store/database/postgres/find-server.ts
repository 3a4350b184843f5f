import { Refusal } from '../../../domain/refusal.ts';
import { withDeadline } from '../attempt.ts';
import type { PostgresLocation } from './postgres-location.ts';
import { openProbe } from './probe.ts';
import { type Access, type FoundServer, isSameServer, listServers, type Server } from './server.ts';
import { explainTlsFailure } from './tls-failure.ts';

/** A server that does not answer within this time counts as unreachable. */
const ANSWER_WITHIN_MS = 3_000;

/** The statement that reads `Access`: one row with its columns. */
export const ACCESS_STATEMENT = `select pg_catalog.current_setting('transaction_read_only') = 'on' as "isReadOnly",
  pg_catalog.pg_is_in_recovery() as "isStandby"`;

interface Search {
  /** The server found by the last search. It is preferred among servers that refuse writes. */
  current?: Server;
  answerWithinMs?: number;
}

/**
 * Queries every server of DATABASE_URL at the same time, each over a new connection, and
 * returns the first in the order of the URL that accepts writes. If no server does, returns
 * `current` if it answers, else the first server that answers. If none answers, throws an
 * AggregateError with the failure of each.
 *
 * All connections of this process go to the one server that is found here. If postgres.js
 * itself distributed them over the hosts of the URL, a read could reach a standby that lacks
 * events this process has acknowledged.
 */
export async function findServer(
  location: PostgresLocation,
  { current, answerWithinMs = ANSWER_WITHIN_MS }: Search = {},
): Promise<FoundServer> {
  const servers = await listServers(location);
  const answers = servers.map((server) => settle(queryServer(location, server, answerWithinMs)));
  const readable: FoundServer[] = [];
  const failures: unknown[] = [];
  for (const answer of answers) {
    const outcome = await answer;
    if ('failure' in outcome) failures.push(outcome.failure);
    else if (!outcome.isReadOnly) return outcome;
    else readable.push(outcome);
  }
  const isCurrent = ({ server }: FoundServer) => current !== undefined && isSameServer(server, current);
  const found = readable.find(isCurrent) ?? readable[0];
  if (found === undefined) throw new AggregateError(failures);
  return found;
}

/** Queries a server, with and without TLS as `sslmode` allows. Throws the first failure. */
async function queryServer(
  location: PostgresLocation,
  server: Server,
  answerWithinMs: number,
): Promise<FoundServer> {
  const failures: unknown[] = [];
  for (const encryption of server.encryptions) {
    const attempted = { ...server, encryptions: [encryption] };
    const probe = openProbe(location, attempted);
    try {
      return {
        server: attempted,
        ...(await withDeadline(probe.query<Access>(ACCESS_STATEMENT), answerWithinMs)),
      };
    } catch (failure) {
      // A server that does not answer with TLS does not answer without it.
      if (failure instanceof Refusal) throw new NoAnswer(server, answerWithinMs, failure);
      failures.push(encryption === false ? failure : explainTlsFailure(failure, server));
    } finally {
      void probe.close(0);
    }
  }
  throw failures[0];
}

/** A server that did not answer in time. */
class NoAnswer extends Error {
  readonly code = 'ETIMEDOUT';

  constructor({ host, port }: Server, ms: number, cause: unknown) {
    super(`no answer from ${host}:${port} within ${ms / 1_000} s`, { cause });
    this.name = 'NoAnswer';
  }
}

function settle<T extends object>(promise: Promise<T>): Promise<T | { failure: unknown }> {
  return promise.catch((failure: unknown) => ({ failure }));
}
