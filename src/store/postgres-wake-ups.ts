import { randomUUID } from 'node:crypto';
import type postgres from 'postgres';
import type { WakeUps } from './database.ts';

const CHANNEL = 'qlik_event_graph_log';
/** At most 50 notifications a second and process: each one wakes every process. */
const PAUSE_MS = 20;
/** The process notifies itself this often; where it has not heard that by the next time, the link is dead although nobody said so. */
const HEARTBEAT_MS = 4_000;

/** Wake-ups over a connection that can be exchanged for a new one. */
export interface PostgresWakeUps extends WakeUps {
  replace(): void;
  close(): Promise<void>;
}

/**
 * Wake-ups over LISTEN and NOTIFY. NOTIFY goes out after the commit and on a connection of its own: inside the ingest
 * transaction it would serialise every commit of the database.
 */
export function openPostgresWakeUps(open: () => postgres.Sql): PostgresWakeUps {
  const listeners = new Set<() => void>();
  const wake = () => {
    for (const listener of listeners) listener();
  };
  const id = randomUUID().replaceAll('-', '');
  const ownChannel = `${CHANNEL}_${id}`;
  // Whoever sends a hint has followed it already.
  const hear = (sender: string) => {
    if (sender !== id) wake();
  };
  let isHeard = true;
  const listen = () => {
    const client = open();
    // `onlisten` runs after every reconnect: what was sent in between is gone, so it counts as a wake-up.
    client.listen(CHANNEL, hear, wake).catch(() => undefined);
    const hearOneself = () => {
      isHeard = true;
    };
    client.listen(ownChannel, hearOneself, hearOneself).catch(() => undefined);
    return client;
  };
  let client = listen();
  const replace = () => {
    void client.end({ timeout: 0 });
    client = listen();
  };
  const heartbeat = setInterval(() => {
    if (!isHeard) replace();
    isHeard = false;
    client.notify(ownChannel, '').catch(() => undefined);
  }, HEARTBEAT_MS).unref();
  let timer: NodeJS.Timeout | undefined;
  let again = false;

  const notify = () => {
    // A notification that does not go out costs the other processes at most their poll interval.
    client.notify(CHANNEL, id).catch(() => undefined);
    timer = setTimeout(() => {
      timer = undefined;
      if (!again) return;
      again = false;
      notify();
    }, PAUSE_MS);
  };

  return {
    onWake: (listener) => void listeners.add(listener),
    send() {
      wake();
      if (timer === undefined) notify();
      else again = true;
    },
    replace,
    async close() {
      clearInterval(heartbeat);
      clearTimeout(timer);
      await client.end({ timeout: 1 });
    },
  };
}
