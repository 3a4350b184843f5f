import { setTimeout as sleep } from 'node:timers/promises';
import { startAfter } from '../events/log-cursor.ts';
import type { LogEntry } from './check-history.ts';
import { GraphqlClient, Subscription } from './graphql-client.ts';
import { SseSubscription } from './sse-subscription.ts';
import type { Transport } from './transports.ts';

const EVENTS =
  'subscription ($after: String) { eventStored(after: $after) { cursor event { position eventId } } }';

/**
 * A subscriber that comes back with its last cursor whenever its connection or its server is gone.
 */
export class Follower {
  /** What it was sent, over all connections, in the order delivered. */
  readonly entries: LogEntry[] = [];
  /** Errors it was sent other than UNAVAILABLE. */
  readonly errors: unknown[] = [];
  reconnects = -1;
  readonly #transport: Transport;
  readonly #toUrl: () => string;
  readonly #tenantId: string;
  readonly #following: Promise<void>;
  #cursor: string;
  #closed = false;

  /** Follows a tenant's log from its start; `toUrl` says which server to ask now. */
  constructor(transport: Transport, tenantId: string, toUrl: () => string) {
    this.#transport = transport;
    this.#tenantId = tenantId;
    this.#cursor = startAfter(tenantId).after;
    this.#toUrl = toUrl;
    this.#following = this.#follow();
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#following;
  }

  async #follow(): Promise<void> {
    while (!this.#closed) {
      this.reconnects += 1;
      const { url, tenantId } = new GraphqlClient(this.#toUrl(), this.#tenantId);
      const live =
        this.#transport === 'SSE'
          ? new SseSubscription(url, tenantId, EVENTS, { after: this.#cursor })
          : new Subscription(url, tenantId, EVENTS, { after: this.#cursor });
      let taken = 0;
      const take = () => {
        for (; taken < live.received.length; taken += 1) this.#take(live.received[taken]);
        return this.#closed || hasEnded(live);
      };
      await live.until(take, Number.POSITIVE_INFINITY);
      // What arrived together with the end.
      take();
      for (const error of Array.isArray(live.error) ? live.error : []) this.#note(error);
      await live.close();
      if (!this.#closed) await sleep(20);
    }
  }

  #take({
    eventStored,
    errors,
  }: {
    eventStored?: { cursor: string; event: LogEntry };
    errors?: object[];
  }): void {
    for (const error of errors ?? []) this.#note(error);
    if (eventStored === undefined) return;
    this.#cursor = eventStored.cursor;
    this.entries.push(eventStored.event);
  }

  #note(error: { extensions?: { code?: unknown } }): void {
    if (error.extensions?.code !== 'UNAVAILABLE') this.errors.push(error);
  }
}

function hasEnded(live: Subscription | SseSubscription): boolean {
  if (live.completed || live.error !== undefined) return true;
  return live instanceof SseSubscription ? live.closed : live.closeCode !== undefined;
}
