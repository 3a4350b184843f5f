import { closeSync, openSync, writeSync } from 'node:fs';
import { OUTCOMES } from '../batch-poster.ts';
import { toCountText, toDurationText } from '../console/format.ts';
import { type Progress, toRate } from '../console/progress-text.ts';
import type { StatusLine } from '../console/status-line.ts';
import { UsageError } from '../console/usage-error.ts';
import { addTo, NO_ITEMS, type SentBatch, type Tally } from '../send-batches.ts';
import type { IngestOptions } from './ingest-options.ts';
import type { InputFile } from './input-files.ts';

/**
 * Counts what a run has sent, and reports why items are not in the log: the first ones on
 * standard error, all of them in a file. The counts include what earlier runs sent of the same
 * files.
 */
export class IngestReport implements Disposable {
  readonly #startedAt = performance.now();
  readonly #status: StatusLine;
  readonly #mostShown: number;
  readonly #file: number | undefined;
  readonly #tally = { ...NO_ITEMS };
  #bytes = 0;
  /** What earlier runs sent. */
  readonly #earlier: { items: number; bytes: number };
  readonly #totalBytes: number;
  #problems = 0;

  /** Opens the file of the report; appends after a resume point. Throws a UsageError. */
  constructor(
    inputs: readonly InputFile[],
    { mostShown, report }: Pick<IngestOptions, 'mostShown' | 'report'>,
    status: StatusLine,
  ) {
    this.#status = status;
    this.#mostShown = mostShown;
    const points = inputs.flatMap(({ resume }) => resume?.point ?? []);
    for (const { tally, mark } of points) {
      addTo(this.#tally, tally);
      this.#bytes += mark.offset;
    }
    this.#earlier = { items: countAll(this.#tally), bytes: this.#bytes };
    // The size of a pipe is unknown, so the total is too.
    const isKnown = inputs.every(({ resume }) => resume !== undefined);
    this.#totalBytes = isKnown ? inputs.reduce((sum, { resume }) => sum + (resume?.bytes ?? 0), 0) : 0;
    try {
      if (report !== undefined) this.#file = openSync(report, points.length > 0 ? 'a' : 'w');
    } catch (failure) {
      throw new UsageError([`--report: ${(failure as Error).message}`], failure);
    }
  }

  /** Adds a batch of a file; `bytes` is how far it moved the position in the file. */
  add(file: string, { tally, failures }: SentBatch, bytes: number): void {
    addTo(this.#tally, tally);
    this.#bytes += bytes;
    for (const { number: item, line, outcome, eventId, errors } of failures) {
      for (const { code, message, path } of errors) {
        this.#problems += 1;
        if (this.#problems <= this.#mostShown) {
          const place = path === null ? '' : ` (${path})`;
          this.#status.print(`${file}:${line}: item ${item}: ${outcome} ${code}: ${message}${place}`);
        }
        if (this.#file === undefined) continue;
        const problem = { file, line, item, outcome, code, message, path, eventId };
        writeSync(this.#file, `${JSON.stringify(problem)}\n`);
      }
    }
  }

  /** The items that are not in the log. The content of a conflict is in quarantine. */
  get failed(): number {
    const { CONFLICT, QUARANTINED, REJECTED } = this.#tally;
    return CONFLICT + QUARANTINED + REJECTED;
  }

  /** The progress of this run, in items and bytes. */
  get progress(): Progress {
    return {
      noun: 'items',
      count: countAll(this.#tally) - this.#earlier.items,
      total: this.#totalBytes,
      done: this.#bytes,
      doneNow: this.#bytes - this.#earlier.bytes,
      elapsedMs: performance.now() - this.#startedAt,
    };
  }

  /** Prints how many problems were not shown, and the counts on standard output. */
  print(): void {
    const more = this.#problems - this.#mostShown;
    if (more > 0) this.#status.print(`and ${toCountText(more)} more`);
    const { count, elapsedMs } = this.progress;
    const counts = OUTCOMES.map((outcome) => toCountText(this.#tally[outcome]));
    const width = Math.max(...counts.map((text) => text.length));
    const lines = OUTCOMES.map((name, at) => `${name.padEnd(11)} ${counts[at]?.padStart(width)}\n`);
    const all = countAll(this.#tally);
    const now = count === all ? '' : `, ${toCountText(count)} of them now`;
    const rate = toCountText(toRate(count, elapsedMs));
    const sum = `${toCountText(all)} items${now}, in ${toDurationText(elapsedMs)} (${rate}/s)\n`;
    process.stdout.write(`${lines.join('')}${sum}`);
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}

function countAll(tally: Tally): number {
  return OUTCOMES.reduce((sum, outcome) => sum + tally[outcome], 0);
}
