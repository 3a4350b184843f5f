import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ProgressFile } from 'qlik-event-graph-ingest/progress-file';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import { type Day, parseDay, toEndMs } from '../../domain/values/calendar-day.ts';
import { isId } from '../../domain/values/text.ts';
import type { BackfillOptions } from './backfill-options.ts';

const VERSION = 2;
/** The audit log may list an event this long after it happened. */
const LATENESS_MS = 3_600_000;

/**
 * The days that are done, and the tenants of their events, in a file. A day is done if it was over,
 * all its events are stored, and its coverage is recorded. The name of the file contains a hash of
 * the tenant, the server and the choice of events, because another choice has sent other events.
 */
export class BackfillState {
  readonly #file: ProgressFile;
  readonly #done: Set<Day>;
  /** The days that are done once their coverage is recorded. */
  readonly #sent = new Set<Day>();
  /** The tenants for which days are recorded. */
  readonly tenantIds: Set<string>;

  /** Throws a Misconfiguration if `--state` cannot be created. `warn` receives later problems. */
  constructor({ tenantUrl, url, events, stateDir, restarts }: BackfillOptions, warn: (line: string) => void) {
    const subject = JSON.stringify([tenantUrl.origin, url.href, events.name]);
    const key = createHash('sha256').update(subject).digest('hex').slice(0, 16);
    try {
      if (stateDir !== undefined) mkdirSync(stateDir, { recursive: true });
    } catch (failure) {
      throw new Misconfiguration([`--state: ${(failure as Error).message}`], failure);
    }
    const path =
      stateDir === undefined ? `.backfill-progress-${key}` : join(stateDir, `backfill-progress-${key}`);
    this.#file = new ProgressFile(path, (reason) =>
      warn(`No progress can be kept (${reason}); --state names another place.`),
    );
    const { version, days, tenantIds } = (this.#file.read() ?? {}) as Record<string, unknown>;
    const toList = (value: unknown): unknown[] =>
      !restarts && version === VERSION && Array.isArray(value) ? value : [];
    this.#done = new Set(toList(days).flatMap((day) => parseDay(String(day)) ?? []));
    this.tenantIds = new Set(toList(tenantIds).filter(isId));
  }

  isDone(day: Day): boolean {
    return this.#done.has(day);
  }

  /**
   * Adds a day whose reading began at `readAt`. Unless all its events are stored and it was over,
   * later runs read it again.
   */
  add(day: Day, { readAt, isStored }: { readAt: number; isStored: boolean }): void {
    if (isStored && readAt >= toEndMs(day) + LATENESS_MS) this.#sent.add(day);
    else if (this.#done.delete(day)) this.#write();
  }

  /** Makes the added days done: their coverage is recorded, if the run records any. */
  finish(): void {
    for (const day of this.#sent) this.#done.add(day);
    this.#sent.clear();
    this.#write();
  }

  #write(): void {
    const days = [...this.#done].toSorted();
    this.#file.write({ version: VERSION, days, tenantIds: [...this.tenantIds] });
  }
}
