import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../../src/commands/demo/history/random.ts';
import { onTestEnd } from '../run/concurrent-test.ts';
import { waitUntil } from '../wait-until.ts';
import {
  findViolations,
  type HeadSeen,
  type History,
  type LogEntry,
  type Operation,
} from './check-history.ts';
import { Follower } from './follower.ts';
import { GraphqlClient, type GraphqlResult } from './graphql-client.ts';
import { countRows, toRelayEvent } from './relay-events.ts';
import { TRANSPORTS } from './transports.ts';

const TENANT = 'one';
const INGEST = `mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) {
  receipts { eventId position outcome } } }`;
const READ =
  '{ eventLog { headPosition } automationRuns(first: 20) { totalCount nodes { runId events { totalCount } } } }';
const COUNTS = `{ eventLog { headPosition } automationRuns { totalCount } automations { totalCount }
  blocks { totalCount } apps { totalCount } appReloads { totalCount } }`;
const MAX_BATCH = 8;
/**
 * Everything continues within this time: generous, since the suites run side by side, also on busy
 * machines. The figures say more.
 */
const RECOVERY_MS = 20_000;

export interface RelayOptions {
  /** Decides what is sent when, to whom. */
  seed: number;
  /** The servers there are now. */
  urls: () => string[];
  writers?: number;
  readers?: number;
}

/**
 * Writers, readers and subscribers at work on one tenant, and the history of what they did and saw.
 * Whatever is not answered with receipts is sent again until it is, to any server, as a relay does.
 */
export class Relay {
  readonly operations: Operation[] = [];
  readonly heads: HeadSeen[] = [];
  /** How often each code came as an answer. */
  readonly codes = new Map<string, number>();
  readonly followers: Follower[];
  slowestMs = 0;
  readonly #urls: () => string[];
  /** When the last batch was begun that each writer has got receipts for. */
  readonly #begunAt: number[];
  readonly #working: Promise<unknown>;
  #stopped = false;
  #abandoned = false;

  constructor({ seed, urls, writers = 4, readers = 2 }: RelayOptions) {
    this.#urls = urls;
    this.#begunAt = Array(writers).fill(0);
    // Each has numbers of its own, so that what one does decides nothing for another.
    const toRandom = (actor: number) => new Random(seed + actor * 1_000_003);
    this.followers = TRANSPORTS.map((transport, index) => {
      const random = toRandom(200 + index);
      return new Follower(transport, TENANT, () => this.#pickUrl(random));
    });
    // A test that has failed leaves nothing at work that would disturb the next one.
    onTestEnd(() => this.abandon());
    this.#working = Promise.all([
      ...Array.from({ length: writers }, (_, writer) => this.#write(writer, toRandom(writer))),
      ...Array.from({ length: readers }, (_, reader) => this.#read(toRandom(100 + reader))),
    ]);
  }

  /**
   * Resolves once every writer has got receipts for a batch begun after `at`, and the subscribers
   * all of them; gives how long that took.
   */
  async goesOn(at = performance.now()): Promise<number> {
    await waitUntil(
      () => this.#begunAt.every((begunAt) => begunAt > at),
      RECOVERY_MS,
      () => `${this.#begunAt.filter((begunAt) => begunAt > at).length} writers go on; ${this.#describe()}`,
    );
    const head = Math.max(...(this.operations.at(-1)?.receipts ?? []).map(({ position }) => position), 0);
    await waitUntil(
      () => this.followers.every(({ entries }) => entries.length >= head),
      RECOVERY_MS,
      () => `subscribers have ${this.followers.map(({ entries }) => entries.length)} of ${head}`,
    );
    return performance.now() - at;
  }

  /**
   * Lets everybody finish, which they can while a server is there, and gives everything in the
   * history that breaks a promise.
   */
  async finish(): Promise<string[]> {
    this.#stopped = true;
    await this.#working;
    const client = new GraphqlClient(this.#urls()[0] ?? '', TENANT);
    const { eventLog, ...counts } = await client.data(COUNTS);
    const { headPosition } = eventLog;
    const log = await this.#readLog(headPosition);
    const haveAll = () => this.followers.every(({ entries }) => entries.length >= headPosition);
    // Where one has not got everything the check says which.
    await waitUntil(haveAll).catch(() => undefined);
    await Promise.all(this.followers.map((follower) => follower.close()));
    const history: History = {
      operations: this.operations,
      heads: this.heads,
      followed: this.followers.map(({ entries }) => entries),
      log,
    };
    const violations = [...findViolations(history), ...this.#checkCounts(counts), ...this.#checkErrors()];
    if (violations.length > 0) violations.push(`the history is in ${keep(history)}`);
    return violations;
  }

  /** How many events got no receipt that said STORED: they were stored, and the answer was lost. */
  get answeredLate(): number {
    const told = this.operations.flatMap(({ receipts }) => receipts);
    const stored = new Set(told.flatMap(({ outcome, eventId }) => (outcome === 'STORED' ? [eventId] : [])));
    return new Set(told.map(({ eventId }) => eventId)).size - stored.size;
  }

  /** Leaves off, whatever is not answered. */
  async abandon(): Promise<void> {
    this.#stopped = true;
    this.#abandoned = true;
    await Promise.all([this.#working, ...this.followers.map((follower) => follower.close())]);
  }

  /** How often subscribers had to come back. */
  get reconnects(): number {
    return this.followers.reduce((sum, { reconnects }) => sum + reconnects, 0);
  }

  get figures(): Record<string, unknown> {
    const tries = (outcome: string) => this.operations.filter((one) => one.outcome === outcome).length;
    return {
      events: new Set(this.operations.flatMap(({ eventIds }) => eventIds)).size,
      ok: tries('ok'),
      failed: tries('failed'),
      unknown: tries('unknown'),
      answeredLate: this.answeredLate,
      reconnects: this.reconnects,
      slowestMs: Math.round(this.slowestMs),
    };
  }

  async #write(writer: number, random: Random): Promise<void> {
    let number = 0;
    while (!this.#stopped) {
      const events = new Map<string, object>();
      for (let count = 1 + random.below(MAX_BATCH); count > 0; count -= 1) {
        // Some are sent before, some by all writers, the others now and by this writer only.
        const [name, at] = random.weighted([
          [[`writer${writer}`, number++], 8],
          [[`writer${writer}`, random.below(number)], 1],
          [['shared', number], 1],
        ] as [[string, number], number][]);
        events.set(`${name}-${at}`, toRelayEvent(TENANT, name, at));
      }
      while (!(await this.#send(writer, events, random)) && !this.#abandoned) {
        await sleep(20 + random.below(80));
      }
      await sleep(random.below(10));
    }
  }

  async #send(writer: number, events: Map<string, object>, random: Random): Promise<boolean> {
    const startedAt = performance.now();
    const eventIds = [...events.keys()];
    const { data, reason, isAnswered } = await this.#ask(random, INGEST, { events: [...events.values()] });
    const receipts = data?.ingestEvents.receipts ?? [];
    const outcome = data !== undefined ? 'ok' : isAnswered ? 'failed' : 'unknown';
    const endedAt = performance.now();
    this.operations.push({
      ...{ writer, eventIds, startedAt, endedAt, outcome, receipts },
      ...(reason !== undefined && { reason }),
    });
    if (outcome === 'ok') this.#begunAt[writer] = startedAt;
    return outcome === 'ok';
  }

  async #read(random: Random): Promise<void> {
    while (!this.#stopped) {
      const startedAt = performance.now();
      const { data } = await this.#ask(random, READ);
      if (data !== undefined) {
        this.heads.push({ startedAt, endedAt: performance.now(), head: data.eventLog.headPosition });
      }
      await sleep(10 + random.below(40));
    }
  }

  /** The data, or why there is none. */
  async #ask(random: Random, query: string, variables?: Record<string, unknown>) {
    const startedAt = performance.now();
    const client = new GraphqlClient(this.#pickUrl(random), TENANT);
    let answer: GraphqlResult | undefined;
    let reason: string | undefined;
    try {
      answer = await client.request(query, variables);
      for (const { extensions } of answer.errors ?? []) {
        reason = String(extensions?.code);
        this.codes.set(reason, (this.codes.get(reason) ?? 0) + 1);
      }
    } catch (failure) {
      reason = String(failure instanceof Error ? (failure.cause ?? failure) : failure);
    }
    this.slowestMs = Math.max(this.slowestMs, performance.now() - startedAt);
    return {
      data: reason === undefined ? answer?.data : undefined,
      reason,
      isAnswered: answer !== undefined,
    };
  }

  #pickUrl(random: Random): string {
    const urls = this.#urls();
    // Without a server there is no answer; the request then fails.
    return urls[random.below(urls.length)] ?? 'http://127.0.0.1:1';
  }

  async #readLog(head: number): Promise<LogEntry[]> {
    const reader = new Follower('WebSocket', TENANT, () => this.#urls()[0] ?? '');
    await waitUntil(() => reader.entries.length >= head, 60_000).finally(() => reader.close());
    return reader.entries;
  }

  #checkCounts(counts: Record<string, { totalCount: number }>): string[] {
    const expected = countRows(this.operations.flatMap(({ eventIds }) => eventIds));
    return Object.entries(expected).flatMap(([name, count]) =>
      counts[name]?.totalCount === count ? [] : [`${counts[name]?.totalCount} ${name}, not ${count}`],
    );
  }

  #checkErrors(): string[] {
    const codes = [...this.codes.keys()].filter((code) => code !== 'UNAVAILABLE');
    const errors = this.followers.flatMap((follower) =>
      follower.errors.map((error) => JSON.stringify(error)),
    );
    return [...codes, ...errors].map((error) => `somebody got ${error}`);
  }

  #describe(): string {
    return JSON.stringify({ codes: [...this.codes], last: this.operations.at(-1) });
  }
}

/** Writes a history where a person can look at it. */
function keep(history: History): string {
  const file = join(tmpdir(), `qlik-event-graph-history-${process.pid}-${Date.now()}.json`);
  writeFileSync(file, JSON.stringify(history));
  return file;
}
