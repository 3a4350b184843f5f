import { randomUUID } from 'node:crypto';
import type postgres from 'postgres';
import type { WakeUpListener, WakeUps } from '../database.ts';

const CHANNEL = 'qlik_event_graph_log';
/** Limits a process to 50 notifications a second, because each one wakes every process. */
const PAUSE_MS = 20;
/** PostgreSQL limits a payload to less than 8,000 bytes. */
const MAX_TENANTS_BYTES = 7_900;
/**
 * The process notifies itself at this interval. If the notification does not arrive before the
 * next one, the link is dead, even without an error.
 */
const HEARTBEAT_MS = 4_000;

/** Wake-ups over one connection. */
export interface PostgresWakeUps extends WakeUps {
  /** Replaces the connection by a new one. */
  replace(): void;
  close(): Promise<void>;
}

/**
 * Opens wake-ups over LISTEN and NOTIFY. NOTIFY is sent after the commit on a separate
 * connection, because inside the ingest transaction it would serialise every commit of the
 * database.
 */
export function openPostgresWakeUps(
  open: () => postgres.Sql,
  heartbeatMs: number = HEARTBEAT_MS,
): PostgresWakeUps {
  const listeners = new Set<WakeUpListener>();
  const wake = (tenantIds?: readonly string[]) => {
    for (const listener of listeners) listener(tenantIds);
  };
  const id = randomUUID().replaceAll('-', '');
  const ownChannel = `${CHANNEL}_${id}`;
  // `send` has already woken the listeners of the sending process.
  const receive = (payload: string) => {
    if (!payload.startsWith(id)) wake(parseTenants(payload.slice(id.length)));
  };
  let isLinkAlive = true;
  const listen = () => {
    const client = open();
    // `onlisten` runs after each reconnect: a wake-up, because hints may have been lost.
    client.listen(CHANNEL, receive, () => wake()).catch(() => undefined);
    const confirmLink = () => {
      isLinkAlive = true;
    };
    client.listen(ownChannel, confirmLink, confirmLink).catch(() => undefined);
    return client;
  };
  let client = listen();
  const replace = () => {
    void client.end({ timeout: 0 });
    client = listen();
  };
  const heartbeat = setInterval(() => {
    if (!isLinkAlive) replace();
    isLinkAlive = false;
    client.notify(ownChannel, '').catch(() => undefined);
  }, heartbeatMs).unref();
  let timer: NodeJS.Timeout | undefined;
  const unsent = new Set<string>();

  const notify = () => {
    // If a notification is lost, the other processes find the events at their next poll.
    client.notify(CHANNEL, id + formatTenants([...unsent])).catch(() => undefined);
    unsent.clear();
    timer = setTimeout(() => {
      timer = undefined;
      if (unsent.size > 0) notify();
    }, PAUSE_MS);
  };

  return {
    onWake: (listener) => void listeners.add(listener),
    send(tenantId) {
      wake([tenantId]);
      unsent.add(tenantId);
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

/** Returns tenants as a payload; empty if they exceed the size of a notification. */
function formatTenants(tenantIds: readonly string[]): string {
  const text = JSON.stringify(tenantIds);
  return Buffer.byteLength(text) > MAX_TENANTS_BYTES ? '' : text;
}

/** Returns the tenants of a payload; undefined for none or another version's payload. */
function parseTenants(text: string): string[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}
