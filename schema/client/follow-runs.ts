import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';

/** A run as these operations show it. */
export interface Run {
  runId: string;
  title: string | null;
  status: string | null;
}

/** Whom to ask, and what to do with the answers. */
export interface RunsToFollow {
  /** Where the server is: `ws://localhost:4000/graphql`. */
  url: string;
  tenantId: string;
  /** The runs that are there at the beginning, and again where the log cannot be gone on with. */
  onList: (runs: Run[]) => void;
  /** A run that has ended; whoever keeps the cursor can pass it as `after` another day. */
  onRun: (run: Run, cursor: string) => void;
  /** A cursor that was kept: then there is no list, and everything since then comes. */
  after?: string;
  /** Ends it. */
  signal: AbortSignal;
}

// One document, so that list and cursor belong together: what the list does not show yet comes behind the cursor.
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
 * Shows the newest runs, and then each run as it ends: none is missed and none is told of twice, whatever becomes of the connection or
 * of the server. Resolves once it is told to end; rejects where trying again would not help.
 */
export async function followRuns({
  url,
  tenantId,
  onList,
  onRun,
  after,
  signal,
}: RunsToFollow): Promise<void> {
  // Trying again is done here, because each time it begins behind another event.
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
      // A cursor never brings an event twice; two connections that overlap would.
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
      // Some of what came behind the cursor is pruned, or the log is another one than before.
      if (code === 'CURSOR_EXPIRED') cursor = oldestCursor;
      else if (code === 'BAD_CURSOR') cursor = undefined;
      else if (code !== undefined && code !== 'UNAVAILABLE' && code !== 'RATE_LIMITED') throw failure;
    }
    // Connection lost, server restarting, database away: the next attempt goes on where this one was.
    await sleep(pauseMs * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
  }
  signal.removeEventListener('abort', end);
}

/** The data of a query. */
async function ask<Data>(client: Client, query: string): Promise<Data> {
  for await (const { data, errors } of client.iterate<Data>({ query })) {
    if (errors !== undefined || !data) throw errors;
    return data;
  }
  throw new Error('The connection ended before the answer.');
}

/** What the server says of an error; nothing where the connection failed. */
function toExtensions(failure: unknown): { code?: string; oldestCursor?: string } {
  const [error] = Array.isArray(failure) ? failure : [];
  return error?.extensions ?? {};
}
