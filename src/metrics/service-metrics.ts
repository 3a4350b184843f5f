import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { AUTOMATION_RUN_OUTCOMES, type AutomationRunOutcome } from '../domain/runs/automation-run.ts';
import { CommitTimes } from './commit-times.ts';
import { readProcessMetrics } from './process-metrics.ts';

/** The outcomes of ingested items, as label values. */
export const ITEM_OUTCOMES = ['stored', 'duplicate', 'conflict', 'quarantined', 'rejected'] as const;
export type ItemOutcome = (typeof ITEM_OUTCOMES)[number];

/** The transports of subscriptions, as label values. */
const TRANSPORTS = ['ws', 'sse'] as const;
export type Transport = (typeof TRANSPORTS)[number];

const OPERATION_TYPES = ['query', 'mutation', 'subscription'] as const;
type OperationType = (typeof OPERATION_TYPES)[number];

/** The operation of all documents that are not known. */
export const OTHER_OPERATION = 'other';

const LATENCIES = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const COMMIT_SIZES = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000];

/** One committed ingest transaction. */
export interface CommitReport {
  tenantId: string;
  seconds: number;
  /** The number of items by outcome. */
  items: Readonly<Record<Exclude<ItemOutcome, 'rejected'>, number>>;
  /** The head of the log after the commit; undefined if nothing was stored. */
  head: number | undefined;
  /** The outcome of the run of each stored event that is about a run. */
  runs: readonly AutomationRunOutcome[];
}

/** An event that was handed to the sockets of `count` subscribers. */
export interface DeliveryReport {
  field: string;
  event: { tenantId: string; position: number; receivedAt: string; type: string };
  /** When the subscription began, in milliseconds since 1970. */
  since: number;
  count: number;
}

/** The values that are read when the metrics are. */
export interface GaugeSources {
  queueBytes(): number;
  isDatabaseUp(): boolean;
  listPools(): readonly { pool: string; active: number; idle: number }[];
  countQuarantined(): number | Promise<number>;
}

/**
 * The metrics of one service (README, "Metrics"). No label contains a tenant, an id or a payload.
 * Each service has a registry of its own; metrics of the process are shared.
 */
export class ServiceMetrics {
  readonly #registry = new Registry();
  readonly #commitTimes = new CommitTimes();
  readonly #open = { ws: 0, sse: 0 };
  #webSockets = 0;
  readonly #items = this.#counter('qeg_ingest_items_total', 'Ingested items by outcome.', 'outcome');
  readonly #commitSeconds = this.#histogram(
    'qeg_ingest_commit_seconds',
    'Duration of the transactions that store items.',
    LATENCIES,
  );
  readonly #commitEvents = this.#histogram(
    'qeg_ingest_commit_events',
    'Events that a transaction stored.',
    COMMIT_SIZES,
  );
  readonly #runs = this.#counter(
    'qeg_runs_total',
    'Stored events that make or change an automation run, by the outcome that they state.',
    'outcome',
  );
  readonly #deliveries = this.#counter(
    'qeg_deliveries_total',
    'Events handed to subscribers, by subscription field.',
    'field',
  );
  readonly #lag = this.#histogram(
    'qeg_delivery_lag_seconds',
    'Time from the commit of an event until it is handed to a socket, for live events.',
    LATENCIES,
  );
  readonly #operations = new Histogram({
    name: 'qeg_operation_seconds',
    help: 'Duration of executed operations; of a subscription, until it has started.',
    labelNames: ['operation', 'type', 'result'],
    buckets: LATENCIES,
    registers: [this.#registry],
  });

  constructor() {
    for (const outcome of ITEM_OUTCOMES) this.#items.inc({ outcome }, 0);
    for (const outcome of AUTOMATION_RUN_OUTCOMES) this.#runs.inc({ outcome: outcome.toLowerCase() }, 0);
    const open = this.#open;
    new Gauge({
      name: 'qeg_subscriptions',
      help: 'Open subscriptions by transport.',
      labelNames: ['transport'],
      registers: [this.#registry],
      collect() {
        for (const transport of TRANSPORTS) this.set({ transport }, open[transport]);
      },
    });
    this.#gauge('qeg_websockets', 'Open WebSockets.', () => this.#webSockets);
  }

  /** Adds the metrics whose values belong to other parts of the service. */
  addGauges(sources: GaugeSources): void {
    this.#gauge('qeg_ingest_queue_bytes', 'Estimated bytes in the ingest queue.', () => sources.queueBytes());
    this.#gauge('qeg_database_up', 'Whether the database answers and accepts writes.', () =>
      Number(sources.isDatabaseUp()),
    );
    this.#gauge('qeg_quarantined_events', 'Items in quarantine, of all tenants.', () =>
      sources.countQuarantined(),
    );
    new Gauge({
      name: 'qeg_database_pool_connections',
      help: 'Connections to the database by pool and state.',
      labelNames: ['pool', 'state'],
      registers: [this.#registry],
      collect() {
        for (const { pool, active, idle } of sources.listPools()) {
          this.set({ pool, state: 'active' }, active);
          this.set({ pool, state: 'idle' }, idle);
        }
      },
    });
  }

  /** Adds a series for each subscription field, so that each is visible before its first event. */
  addFields(fields: readonly string[]): void {
    for (const field of fields) this.#deliveries.inc({ field }, 0);
  }

  recordCommit({ tenantId, seconds, items, head, runs }: CommitReport): void {
    this.#commitSeconds.observe(seconds);
    this.#commitEvents.observe(items.stored);
    for (const outcome of ITEM_OUTCOMES) {
      if (outcome !== 'rejected' && items[outcome] > 0) this.#items.inc({ outcome }, items[outcome]);
    }
    for (const run of runs) this.#runs.inc({ outcome: run.toLowerCase() });
    if (head !== undefined) this.#commitTimes.record(tenantId, items.stored, head, Date.now());
  }

  recordRejected(count: number): void {
    this.#items.inc({ outcome: 'rejected' }, count);
  }

  /**
   * Counts the deliveries of an event. The lag is observed for events committed since the
   * subscription began: older ones waited for the client. The commit of another process is not
   * known, and the arrival of the event there is taken instead.
   */
  recordDeliveries({ field, event, since, count }: DeliveryReport): void {
    this.#deliveries.inc({ field }, count);
    const { tenantId, position, receivedAt } = event;
    const committedAt = this.#commitTimes.find(tenantId, position) ?? Date.parse(receivedAt);
    if (committedAt < since) return;
    const seconds = Math.max(0, Date.now() - committedAt) / 1_000;
    for (let index = 0; index < count; index += 1) this.#lag.observe(seconds);
  }

  recordOperation(operation: string, type: OperationType, isOk: boolean, seconds: number): void {
    this.#operations.observe({ operation, type, result: isOk ? 'ok' : 'error' }, seconds);
  }

  /** Counts an open subscription. Returns a function that ends it once. */
  startSubscription(transport: Transport): () => void {
    this.#open[transport] += 1;
    let hasEnded = false;
    return () => {
      if (!hasEnded) this.#open[transport] -= 1;
      hasEnded = true;
    };
  }

  /** Counts an opened WebSocket (1) or a closed one (-1). */
  addWebSockets(count: 1 | -1): void {
    this.#webSockets += count;
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Returns all metrics in the text format of Prometheus. */
  async read(): Promise<string> {
    const [own, ofProcess] = await Promise.all([this.#registry.metrics(), readProcessMetrics()]);
    return `${own}\n${ofProcess}`;
  }

  #counter<Label extends string>(name: string, help: string, label: Label): Counter<Label> {
    return new Counter({ name, help, labelNames: [label], registers: [this.#registry] });
  }

  #histogram(name: string, help: string, buckets: number[]): Histogram {
    return new Histogram({ name, help, buckets, registers: [this.#registry] });
  }

  #gauge(name: string, help: string, read: () => number | Promise<number>): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      async collect() {
        this.set(await read());
      },
    });
  }
}
