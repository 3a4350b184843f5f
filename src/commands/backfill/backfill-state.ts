import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ProgressFile } from 'qlik-event-graph-ingest/progress-file';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import { type Day, parseDay, toEndMs } from '../../domain/values/calendar-day.ts';
import type { BackfillOptions } from './backfill-options.ts';

const VERSION = 1;
/** The audit log may list an event this long after it happened. */
const LATENESS_MS = 3_600_000;

/**
 * The days that are read and sent, in a file. The name of the file contains a hash of the tenant,
 * the server and the choice of events, because another choice has sent other events.
 */
export class BackfillState {
  readonly #file: ProgressFile;
  readonly #done: Set<Day>;

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
    const { version, days } = (this.#file.read() ?? {}) as { version?: unknown; days?: unknown };
    const isUsable = !restarts && version === VERSION && Array.isArray(days);
    this.#done = new Set(isUsable ? days.flatMap((day) => parseDay(String(day)) ?? []) : []);
  }

  isDone(day: Day): boolean {
    return this.#done.has(day);
  }

  /** Records that a day is sent, unless it was not over at `readAt`, when its reading began. */
  finish(day: Day, readAt: number): void {
    if (readAt < toEndMs(day) + LATENESS_MS) return;
    this.#done.add(day);
    this.#file.write({ version: VERSION, days: [...this.#done].toSorted() });
  }
}
