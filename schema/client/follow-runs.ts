import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';

/** A run with the fields that the operations below select. */
export interface Run {
  runId: string;
  title: string | null;
  status: string | null;
}

/** The server and tenant to follow, and the callbacks for runs. */
export interface RunsToFollow {
  /** The WebSocket URL of the server: `ws://localhost:4000/graphql`. */
  url: string;
  tenantId: string;
  /** Called with the newest runs at the start, and again if the log is another one. */
  onList: (runs: Run[]) => void;
  /** Called for each run that ended. Store the cursor to pass it as `after` later. */
  onRun: (run: Run, cursor: string) => void;
  /** A stored cursor. The client then reads no list and receives every run since that cursor. */
  after?: string;
  /** Stops following. */
  signal: AbortSignal;
}

// One document, so that the cursor fits the list: the subscription delivers what the list lacks.
const LIST = `query Runs {
  eventLog { headCursor }
  automationRuns(first: 20) { nodes { runId title status } }
}`;
const ENDED = `subscription RunEnded($after: String!) {
  automationRunEnded(after: $after) { cursor event { position } run { runId title status } }
}`;

interface Listed {
  eventLog: { headCursor: string };
  automationRuns: { nodes: Run[] };
}
interface Ended {
  automationRunEnded: { cursor: string; event: { position: number }; run: Run };
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Reports the newest runs, and then each run as it ends. It misses no run and reports none twice,
 * even if the connection is lost or the server restarts. Resolves when `signal` aborts; rejects
 * with an error that a retry does not fix.
 */
export async function followRuns({
  url,
  tenantId,
  onList,
  onRun,
  after,
  signal,
}: RunsToFollow): Promise<void> {
  // The loop below retries instead of graphql-ws, because each attempt starts after a new cursor.
  const client = createClient({
    url,
    webSocketImpl: WebSocket,
    connectionParams: { tenantId },
    retryAttempts: 0,
  });
  const end = () => void client.dispose();
  signal.addEventListener('abort', end);
  let cursor = after;
  let position = 0;
  let pauseMs = FIRST_PAUSE_MS;

  const follow = async () => {
    if (cursor === undefined) {
      const { eventLog, automationRuns } = await ask<Listed>(client, LIST);
      cursor = eventLog.headCursor;
      position = 0;
      onList(automationRuns.nodes);
    }
    for await (const { data, errors } of client.iterate<Ended>({
      query: ENDED,
      variables: { after: cursor },
    })) {
      if (errors !== undefined || !data) throw errors;
      const { automationRunEnded } = data;
      pauseMs = FIRST_PAUSE_MS;
      // One subscription delivers an event once, but two overlapping connections deliver it twice.
      if (automationRunEnded.event.position <= position) continue;
      ({
        cursor,
        event: { position },
      } = automationRunEnded);
      onRun(automationRunEnded.run, cursor);
    }
  };

  while (!signal.aborted) {
    try {
      await follow();
    } catch (failure) {
      if (signal.aborted) break;
      const { code, oldestCursor } = toExtensions(failure);
      // Events after the cursor are pruned, or the log is another one than before.
      if (code === 'CURSOR_EXPIRED') cursor = oldestCursor;
      else if (code === 'BAD_CURSOR') cursor = undefined;
      else if (code !== undefined && code !== 'UNAVAILABLE' && code !== 'RATE_LIMITED') throw failure;
    }
    // Connection lost, server restarting or database down: the next attempt resumes at the cursor.
    await sleep(pauseMs * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
  }
  signal.removeEventListener('abort', end);
}

/** Runs a query and returns its data. */
async function ask<Data>(client: Client, query: string): Promise<Data> {
  for await (const { data, errors } of client.iterate<Data>({ query })) {
    if (errors !== undefined || !data) throw errors;
    return data;
  }
  throw new Error('The connection closed before the answer.');
}

/** The extensions of a GraphQL error; empty if the connection failed. */
function toExtensions(failure: unknown): { code?: string; oldestCursor?: string } {
  const [error] = Array.isArray(failure) ? failure : [];
  return error?.extensions ?? {};
}
