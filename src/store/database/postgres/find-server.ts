import type postgres from 'postgres';
import { withDeadline } from '../attempt.ts';
import { connect } from './postgres-client.ts';
import { type Access, type FoundServer, isSameServer, listServers, type Server } from './server.ts';

/** Without an answer for so long, a server does not count as one. */
const ANSWER_WITHIN_MS = 3_000;

/** The statement that `Access` is read from. Its single row has the columns of `Access`. */
export const ACCESS_STATEMENT = `select current_setting('transaction_read_only') = 'on' as "isReadOnly",
  pg_is_in_recovery() as "isStandby"`;

/**
 * Asks every server of `url` at the same time, each over a new connection, and returns the first in the order of the URL
 * that accepts writes. If none does, returns `current` if that answers, else the first server that answers. If none
 * answers, throws the failure of the first.
 *
 * All connections of this process go to the one server that is found here. If postgres.js itself spread them over the
 * hosts of the URL, a read could reach a standby that lags behind what this process has acknowledged.
 */
export async function findServer(url: string, current?: Server): Promise<FoundServer> {
  // A client that is never used opens no connection.
  const servers = await listServers(connect(url, 1, 0).options);
  const answers = servers.map((server) => settle(askServer(url, server)));
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
  if (found === undefined) throw failures[0];
  return found;
}

async function askServer(url: string, server: Server): Promise<FoundServer> {
  const client = connect(url, 1, ANSWER_WITHIN_MS, undefined, {}, server);
  try {
    return { server, ...(await withDeadline(readAccess(client), ANSWER_WITHIN_MS)) };
  } finally {
    void client.end({ timeout: 0 });
  }
}

async function readAccess(client: postgres.Sql): Promise<Access> {
  const [access] = await client.unsafe<Access[]>(ACCESS_STATEMENT);
  if (access === undefined) throw new Error('The server has answered without a row.');
  return access;
}

function settle<T extends object>(promise: Promise<T>): Promise<T | { failure: unknown }> {
  return promise.catch((failure: unknown) => ({ failure }));
}
