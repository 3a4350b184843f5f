import { LruCache } from '../domain/lru-cache.ts';

/** The most tenants whose commits are remembered, and the most commits of each. */
const MAX_TENANTS = 1_000;
const MAX_COMMITS = 64;

/** A transaction that stored the events of a tenant's log from `first` to `head`. */
interface StoringCommit {
  first: number;
  head: number;
  at: number;
}

/** When this process committed the newest events of each log, in milliseconds since 1970. */
export class CommitTimes {
  readonly #commits = new LruCache<string, StoringCommit[]>(MAX_TENANTS);

  /** Records the commit of `count` events that end at `head`. */
  record(tenantId: string, count: number, head: number, at: number): void {
    const commits = this.#commits.get(tenantId) ?? [];
    commits.push({ first: head - count + 1, head, at });
    if (commits.length > MAX_COMMITS) commits.shift();
    this.#commits.set(tenantId, commits);
  }

  /** Returns when an event was committed; undefined if another process did, or long ago. */
  find(tenantId: string, position: number): number | undefined {
    const commits = this.#commits.get(tenantId);
    return commits?.findLast(({ first, head }) => first <= position && position <= head)?.at;
  }
}
