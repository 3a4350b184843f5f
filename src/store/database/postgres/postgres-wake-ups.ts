import { randomUUID } from 'node:crypto';
import type postgres from 'postgres';
import type { WakeUpListener, WakeUps } from '../database.ts';

const CHANNEL = 'qlik_event_graph_log';
/** At most 50 notifications a second and process: each one wakes every process. */
const PAUSE_MS = 20;
/** PostgreSQL takes payloads of less than 8,000 bytes. */
const MAX_TENANTS_BYTES = 7_900;
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
  const listeners = new Set<WakeUpListener>();
  const wake = (tenantIds?: readonly string[]) => {
    for (const listener of listeners) listener(tenantIds);
  };
  const id = randomUUID().replaceAll('-', '');
  const ownChannel = `${CHANNEL}_${id}`;
  // Whoever sends a hint has followed it already.
  const hear = (payload: string) => {
    if (!payload.startsWith(id)) wake(parseTenants(payload.slice(id.length)));
  };
  let isHeard = true;
  const listen = () => {
    const client = open();
    // `onlisten` runs after every reconnect: what was sent in between is gone, so it counts as a wake-up.
    client.listen(CHANNEL, hear, () => wake()).catch(() => undefined);
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
  const untold = new Set<string>();

  const notify = () => {
    // A notification that does not go out costs the other processes at most their poll interval.
    client.notify(CHANNEL, id + formatTenants([...untold])).catch(() => undefined);
    untold.clear();
    timer = setTimeout(() => {
      timer = undefined;
      if (untold.size > 0) notify();
    }, PAUSE_MS);
  };

  return {
    onWake: (listener) => void listeners.add(listener),
    send(tenantId) {
      wake([tenantId]);
      untold.add(tenantId);
      if (timer === undefined) notify();
    },
    replace,
    async close() {
      clearInterval(heartbeat);
      clearTimeout(timer);
      await client.end({ timeout: 1 });
    },
  };
}

/** What a hint says of its tenants; nothing where that is more than a notification holds. */
function formatTenants(tenantIds: readonly string[]): string {
  const text = JSON.stringify(tenantIds);
  return Buffer.byteLength(text) > MAX_TENANTS_BYTES ? '' : text;
}

/** The tenants of a hint; undefined where it names none, or is of another version. */
function parseTenants(text: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}
