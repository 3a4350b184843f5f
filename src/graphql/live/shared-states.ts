import { isUnavailable } from '../../domain/refusal.ts';
import type { Semaphore } from '../../domain/semaphore.ts';
import type { Database } from '../../store/database/database.ts';
import type { LogEntry } from '../../store/read/log.ts';
import {
  type JudgedTable,
  judgeRows,
  type KeyedFilter,
  toJudgeable,
} from '../../store/read/match-filters.ts';
import { toGroups } from './groups.ts';
import { TtlCache } from './ttl-cache.ts';

/**
 * How long what was read for one subscriber serves others, unless the log has grown meanwhile: they all ask at the moment when it has.
 * Whoever asks later, a slow one, gets the state of then.
 */
const KEEP_MS = 250;
const MAX_KEPT = 5_000;

/** What states are read with. */
export interface StatesSource {
  database: Database;
  headOf: (tenantId: string) => number;
  /** For statements that may take long, so that they never take all connections. */
  turns: Semaphore;
}

interface Ask<Delivery> {
  entry: LogEntry;
  id: string;
  filter: KeyedFilter | undefined;
  answer(delivery: Delivery | undefined): void;
  fail(reason: unknown): void;
}

/**
 * The states of what events are about, read and judged once for all subscribers: what they ask at one moment is one statement,
 * however many events and filters there are. Whoever gets the same state of an event gets the same delivery, one object.
 */
export class SharedStates<Row extends object, Delivery extends object> {
  readonly #database: Database;
  readonly #headOf: (tenantId: string) => number;
  readonly #turns: Semaphore;
  readonly #judged: JudgedTable;
  readonly #toDelivery: (entry: LogEntry, row: Row | undefined) => Delivery;
  readonly #answers = new TtlCache<Promise<Delivery | undefined>>(KEEP_MS, MAX_KEPT);
  readonly #bare = new TtlCache<Delivery>(KEEP_MS, MAX_KEPT);
  #asked: Ask<Delivery>[] = [];

  constructor(
    { database, headOf, turns }: StatesSource,
    judged: JudgedTable,
    toDelivery: (entry: LogEntry, row: Row | undefined) => Delivery,
  ) {
    this.#database = database;
    this.#headOf = headOf;
    this.#turns = turns;
    this.#judged = judged;
    this.#toDelivery = toDelivery;
  }

  /** The delivery of an event about the row `id`, if the row matches the filter now. */
  find(entry: LogEntry, id: string, filter: KeyedFilter | undefined): Promise<Delivery | undefined> {
    const key = `${this.#toKey(entry)}\n${filter?.key ?? ''}`;
    return this.#answers.get(key, () => {
      const answer = this.#ask(entry, id, filter);
      // What has failed is asked anew by whoever comes next.
      answer.catch(() => this.#answers.forget(key, answer));
      return answer;
    });
  }

  /** The delivery of an event, without the state of what it is about. */
  withoutState(entry: LogEntry): Delivery {
    return this.#bare.get(this.#toKey(entry), () => this.#toDelivery(entry, undefined));
  }

  /** Names an event at a state of its tenant's log. */
  #toKey({ tenantId, position }: LogEntry): string {
    return `${position}\n${this.#headOf(tenantId)}\n${tenantId}`;
  }

  #ask(entry: LogEntry, id: string, filter: KeyedFilter | undefined): Promise<Delivery | undefined> {
    return new Promise((answer, fail) => {
      if (this.#asked.length === 0) setImmediate(() => this.#answerAll());
      this.#asked.push({ entry, id, filter, answer, fail });
    });
  }

  #answerAll(): void {
    const tenants = toGroups(this.#asked, ({ entry }) => entry.tenantId);
    this.#asked = [];
    for (const [tenantId, asks] of tenants) {
      const filters = new Map(
        asks.flatMap(({ filter }) => (filter === undefined ? [] : [[filter.key, filter]])),
      );
      const { light, heavy } = toJudgeable([...filters.values()]);
      const plain = asks.filter(({ filter }) => filter === undefined);
      if (light.length === 0 && plain.length > 0) light.push([]);
      for (const [index, list] of light.entries()) {
        const keys = new Set(list.map(({ key }) => key));
        const own = asks.filter(({ filter }) => filter !== undefined && keys.has(filter.key));
        // Whoever has no filter is content with the first statement.
        void this.#answerSome(tenantId, index === 0 ? [...plain, ...own] : own, list);
      }
      this.#answerApart(tenantId, asks, heavy);
    }
  }

  /** Answers those with each of some filters by a statement of its own, a few at a time. */
  #answerApart(tenantId: string, asks: readonly Ask<Delivery>[], filters: readonly KeyedFilter[]): void {
    for (const filter of filters) {
      const own = asks.filter((ask) => ask.filter?.key === filter.key);
      void this.#turns.run(() => this.#answerSome(tenantId, own, [filter]));
    }
  }

  /** Answers those whose filters one statement judges. */
  async #answerSome(
    tenantId: string,
    asks: readonly Ask<Delivery>[],
    filters: readonly KeyedFilter[],
  ): Promise<void> {
    const places = new Map(filters.map(({ key }, place) => [key, place]));
    try {
      const ids = [...new Set(asks.map(({ id }) => id))];
      const judgements = await judgeRows<Row>(this.#database, this.#judged, tenantId, ids, filters);
      const deliveries = new Map<number, Delivery>();
      for (const { entry, id, filter, answer } of asks) {
        const judgement = judgements.get(id);
        const isMatch = filter === undefined || judgement?.matches[places.get(filter.key) ?? -1] === true;
        if (judgement === undefined || !isMatch) {
          answer(undefined);
          continue;
        }
        const delivery = deliveries.get(entry.position) ?? this.#toDelivery(entry, judgement.row);
        deliveries.set(entry.position, delivery);
        answer(delivery);
      }
    } catch (failure) {
      if (filters.length <= 1 || isUnavailable(failure)) {
        for (const { fail } of asks) fail(failure);
        return;
      }
      // One filter that takes too long must not be the end of the others.
      void this.#answerSome(
        tenantId,
        asks.filter(({ filter }) => filter === undefined),
        [],
      );
      this.#answerApart(tenantId, asks, filters);
    }
  }
}
