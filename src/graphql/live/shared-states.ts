import { isTemporary } from '../../domain/refusal.ts';
import type { Semaphore } from '../../domain/semaphore.ts';
import type { TenantDatabases } from '../../store/database/database.ts';
import type { LogEntry } from '../../store/read/log.ts';
import {
  groupForStatements,
  type KeyedFilter,
  type MatchTable,
  matchFilters,
} from '../../store/read/match-filters.ts';
import { TtlCache } from './ttl-cache.ts';

/*
 * Second level of sharing on the live path (execution/live/subscribe.ts): the rows that events are
 * about, and which filters they match, are read once for all subscribers.
 *
 * Requests of one turn of the event loop are collected and answered together, per tenant. Light
 * filters share a statement. A heavy filter, which may take long, has a statement of its own behind
 * a semaphore, so heavy filters delay only their own subscribers. If a shared statement fails, each
 * of its filters is tried alone.
 *
 * Answers are cached for TTL_MS. The cache key is the event, the head of its log and the
 * filter. A slow subscriber that asks later reads the row again, so it receives the state at
 * its delivery. Subscribers answered by one statement get the same object per event, and
 * execution/live caches results by this object.
 */

/** Short, because all subscribers ask at the moment when the log grows. */
const TTL_MS = 250;
const MAX_CACHED = 5_000;

/** The resources that SharedStates reads with. */
export interface StatesSource {
  databases: TenantDatabases;
  /** The newest head of a tenant's log that this process has read. */
  headOf: (tenantId: string) => number;
  /** Limits concurrent statements for heavy filters, so they never use all connections. */
  heavyStatements: Semaphore;
}

interface PendingRequest<Delivery> {
  entry: LogEntry;
  id: string;
  filter: KeyedFilter | undefined;
  resolve(delivery: Delivery | undefined): void;
  reject(reason: unknown): void;
}

/** The rows that events are about, read and matched once for all subscribers. */
export class SharedStates<Row extends object, Delivery extends object> {
  readonly #databases: TenantDatabases;
  readonly #headOf: (tenantId: string) => number;
  readonly #heavyStatements: Semaphore;
  readonly #table: MatchTable;
  readonly #toDelivery: (entry: LogEntry, row: Row | undefined) => Delivery;
  readonly #answers = new TtlCache<Promise<Delivery | undefined>>(TTL_MS, MAX_CACHED);
  readonly #withoutState = new TtlCache<Delivery>(TTL_MS, MAX_CACHED);
  #pending: PendingRequest<Delivery>[] = [];

  constructor(
    { databases, headOf, heavyStatements }: StatesSource,
    table: MatchTable,
    toDelivery: (entry: LogEntry, row: Row | undefined) => Delivery,
  ) {
    this.#databases = databases;
    this.#headOf = headOf;
    this.#heavyStatements = heavyStatements;
    this.#table = table;
    this.#toDelivery = toDelivery;
  }

  /** The delivery of an event about row `id`; undefined if the row does not match the filter. */
  find(entry: LogEntry, id: string, filter: KeyedFilter | undefined): Promise<Delivery | undefined> {
    const key = `${this.#toKey(entry)}\n${filter?.key ?? ''}`;
    return this.#answers.get(key, () => {
      const answer = this.#request(entry, id, filter);
      // A failure is not cached, so the next subscriber reads again.
      answer.catch(() => this.#answers.delete(key, answer));
      return answer;
    });
  }

  /** The delivery of an event without the row that it is about. */
  withoutState(entry: LogEntry): Delivery {
    return this.#withoutState.get(this.#toKey(entry), () => this.#toDelivery(entry, undefined));
  }

  /** Names an event together with the head of its log. */
  #toKey({ tenantId, position }: LogEntry): string {
    return `${position}\n${this.#headOf(tenantId)}\n${tenantId}`;
  }

  #request(entry: LogEntry, id: string, filter: KeyedFilter | undefined): Promise<Delivery | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#pending.length === 0) setImmediate(() => this.#answerPending());
      this.#pending.push({ entry, id, filter, resolve, reject });
    });
  }

  #answerPending(): void {
    const pending = this.#pending;
    this.#pending = [];
    for (const tenantId of new Set(pending.map(({ entry }) => entry.tenantId))) {
      this.#answerTenant(
        tenantId,
        pending.filter(({ entry }) => entry.tenantId === tenantId),
      );
    }
  }

  #answerTenant(tenantId: string, requests: readonly PendingRequest<Delivery>[]): void {
    const filters = new Map(
      requests.flatMap(({ filter }) => (filter === undefined ? [] : [[filter.key, filter]])),
    );
    const { light, heavy } = groupForStatements([...filters.values()]);
    const unfiltered = requests.filter(({ filter }) => filter === undefined);
    if (light.length === 0 && unfiltered.length > 0) light.push([]);
    for (const [index, group] of light.entries()) {
      const keys = new Set(group.map(({ key }) => key));
      const filtered = requests.filter(({ filter }) => filter !== undefined && keys.has(filter.key));
      // The first statement also answers the requests without a filter.
      void this.#answer(tenantId, index === 0 ? [...unfiltered, ...filtered] : filtered, group);
    }
    this.#answerSeparately(tenantId, requests, heavy);
  }

  /** Answers the requests of each filter with a statement of its own, a few at a time. */
  #answerSeparately(
    tenantId: string,
    requests: readonly PendingRequest<Delivery>[],
    filters: readonly KeyedFilter[],
  ): void {
    for (const filter of filters) {
      const ofFilter = requests.filter((request) => request.filter?.key === filter.key);
      void this.#heavyStatements.run(() => this.#answer(tenantId, ofFilter, [filter]));
    }
  }

  /** Answers requests with one statement that matches all of the filters. */
  async #answer(
    tenantId: string,
    requests: readonly PendingRequest<Delivery>[],
    filters: readonly KeyedFilter[],
  ): Promise<void> {
    const indexes = new Map(filters.map(({ key }, index) => [key, index]));
    try {
      const ids = [...new Set(requests.map(({ id }) => id))];
      const matches = await matchFilters<Row>(this.#databases.forTenant(tenantId), this.#table, ids, filters);
      const deliveries = new Map<number, Delivery>();
      for (const { entry, id, filter, resolve } of requests) {
        const match = matches.get(id);
        const isMatch = filter === undefined || match?.matches[indexes.get(filter.key) ?? -1] === true;
        if (match === undefined || !isMatch) {
          resolve(undefined);
          continue;
        }
        const delivery = deliveries.get(entry.position) ?? this.#toDelivery(entry, match.row);
        deliveries.set(entry.position, delivery);
        resolve(delivery);
      }
    } catch (failure) {
      if (filters.length <= 1 || isTemporary(failure)) {
        for (const { reject } of requests) reject(failure);
        return;
      }
      // One filter that takes too long must not fail the others.
      void this.#answer(
        tenantId,
        requests.filter(({ filter }) => filter === undefined),
        [],
      );
      this.#answerSeparately(tenantId, requests, filters);
    }
  }
}
