import type postgres from 'postgres';
import type { WakeUps } from './database.ts';

const CHANNEL = 'qlik_event_graph_log';
/** At most 50 notifications a second and process: each one wakes every process. */
const PAUSE_MS = 20;

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
  const listen = () => {
    const client = open();
    // `onlisten` runs after every reconnect: what was sent in between is gone, so it counts as a wake-up.
    client.listen(CHANNEL, wake, wake).catch(() => undefined);
    return client;
  };
  let client = listen();
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
    replace() {
      void client.end({ timeout: 0 });
      client = listen();
    },
    async close() {
      clearTimeout(timer);
      await client.end({ timeout: 1 });
    },
  };
}
