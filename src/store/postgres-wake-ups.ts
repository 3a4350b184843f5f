import { randomUUID } from 'node:crypto';
import type postgres from 'postgres';
import type { WakeUps } from './database.ts';

const CHANNEL = 'qlik_event_graph_log';
/** At most 50 notifications a second and process: each one wakes every process. */
const PAUSE_MS = 20;
/** How often a notification goes out that comes back to this process alone. */
const BEAT_MS = 3_000;
/** Nothing was heard for so long: the connection is dead, though nobody has said so. It is noticed within 10 s. */
const SILENCE_MS = 2.2 * BEAT_MS;

/** Wake-ups over a connection that can be exchanged for a new one. */
export interface PostgresWakeUps extends WakeUps {
  replace(): void;
  close(): Promise<void>;
}

/**
 * Wake-ups over LISTEN and NOTIFY. NOTIFY goes out after the commit and on a connection of its own: inside the ingest
 * transaction it would serialise every commit of the database. A link that is cut without a word would stay so for ever, since a
 * connection that listens says nothing itself; so it has a heartbeat, and is exchanged where that stops.
 */
export function openPostgresWakeUps(open: () => postgres.Sql): PostgresWakeUps {
  const listeners = new Set<() => void>();
  const wake = () => {
    for (const listener of listeners) listener();
  };
  const ownChannel = `${CHANNEL}_${randomUUID().replaceAll('-', '')}`;
  let heardAt = performance.now();
  const hear = () => {
    heardAt = performance.now();
  };
  const listen = () => {
    const client = open();
    // Every exchange gets the time that the first connection had.
    hear();
    // `onlisten` runs after every reconnect: what was sent in between is gone, so it counts as a wake-up.
    client.listen(CHANNEL, wake, wake).catch(() => undefined);
    client.listen(ownChannel, hear, hear).catch(() => undefined);
    return client;
  };
  let client = listen();
  const replace = () => {
    void client.end({ timeout: 0 });
    client = listen();
  };
  const beat = setInterval(() => {
    if (performance.now() - heardAt > SILENCE_MS) replace();
    client.notify(ownChannel, '').catch(() => undefined);
  }, BEAT_MS);
  let timer: NodeJS.Timeout | undefined;
  let again = false;

  const notify = () => {
    // A notification that does not go out costs the other processes at most their poll interval.
    client.notify(CHANNEL, '').catch(() => undefined);
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
      clearInterval(beat);
      clearTimeout(timer);
      await client.end({ timeout: 1 });
    },
  };
}
