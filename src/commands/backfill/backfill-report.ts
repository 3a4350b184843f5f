import { OUTCOMES } from 'qlik-event-graph-ingest';
import { toCountText, toDurationText } from 'qlik-event-graph-ingest/console/format';
import { toProgressText, toRate } from 'qlik-event-graph-ingest/console/progress-text';
import type { StatusLine } from 'qlik-event-graph-ingest/console/status-line';
import { NO_ITEMS } from 'qlik-event-graph-ingest/send-batches';
import type { Day } from '../../domain/values/calendar-day.ts';
import type { RecordedDay } from './coverage-recorder.ts';
import type { DayBatch } from './send-day.ts';

/** The incomplete days that the summary names. */
const MOST_DAYS = 20;

/** Counts what a run has sent, and reports why events are not in the log. */
export class BackfillReport {
  readonly #startedAt = performance.now();
  readonly #status: StatusLine;
  readonly #options: { mostShown: number; isDryRun: boolean };
  readonly #days: number;
  readonly #tally = { ...NO_ITEMS };
  #daysDone = 0;
  #problems = 0;
  #recorded = 0;
  readonly #incomplete: Day[] = [];
  /** The line of the summary about names. */
  names = '';
  #withGaps = 0;

  constructor(status: StatusLine, days: number, options: { mostShown: number; isDryRun: boolean }) {
    this.#status = status;
    this.#days = days;
    this.#options = options;
  }

  addBatch({ outcomes, failures }: DayBatch): void {
    for (const outcome of outcomes) this.#tally[outcome] += 1;
    for (const { day, outcome, eventId, errors } of failures) {
      for (const { code, message, path } of errors) {
        this.#problems += 1;
        if (this.#problems > this.#options.mostShown) continue;
        const place = path === null ? '' : ` (${path})`;
        this.#status.print(
          `${day}: event ${eventId ?? 'without id'}: ${outcome} ${code}: ${message}${place}`,
        );
      }
    }
  }

  addCoverage(days: readonly RecordedDay[]): void {
    this.#recorded += days.length;
    for (const { date, isComplete, recoveredCount } of days) {
      if (!isComplete) this.#incomplete.push(date);
      if (recoveredCount > 0) this.#withGaps += 1;
    }
  }

  finishDay(): void {
    this.#daysDone += 1;
  }

  /** The events that are not in the log. */
  get failed(): number {
    const { CONFLICT, QUARANTINED, REJECTED } = this.#tally;
    return CONFLICT + QUARANTINED + REJECTED;
  }

  toProgressText(day: Day, waitingFor: string | undefined, hasBar: boolean): string {
    const progress = {
      noun: 'events',
      count: this.#count,
      total: this.#days,
      done: this.#daysDone,
      doneNow: this.#daysDone,
      elapsedMs: performance.now() - this.#startedAt,
    };
    return `${day} ${toProgressText(progress, waitingFor, hasBar)}`;
  }

  /** Prints the summary on standard output. `skipped` days were sent by earlier runs. */
  print(skipped: number): void {
    const more = this.#problems - this.#options.mostShown;
    if (more > 0) this.#status.print(`and ${toCountText(more)} more`);
    const elapsedMs = performance.now() - this.#startedAt;
    const counts = OUTCOMES.map((outcome) => toCountText(this.#tally[outcome]));
    const width = Math.max(...counts.map((text) => text.length));
    const lines = OUTCOMES.map((name, at) => `${name.padEnd(11)} ${counts[at]?.padStart(width)}\n`);
    const rate = toCountText(toRate(this.#count, elapsedMs));
    const days = `${toCountText(this.#daysDone)} ${this.#daysDone === 1 ? 'day' : 'days'}`;
    const earlier = skipped === 0 ? '' : ` (${toCountText(skipped)} more were sent by earlier runs)`;
    const sum = `${toCountText(this.#count)} events of ${days}${earlier}, in ${toDurationText(elapsedMs)} (${rate}/s)\n`;
    const { isDryRun } = this.#options;
    const dry = isDryRun
      ? `Nothing was stored: the server lacks the ${toCountText(this.#tally.STORED)} events counted as STORED.\n`
      : '';
    process.stdout.write(`${lines.join('')}${sum}${dry}${this.#toCoverageText()}${this.names}`);
  }

  #toCoverageText(): string {
    if (this.#recorded === 0) return '';
    const complete = this.#recorded - this.#incomplete.length;
    const gaps = `${toCountText(this.#withGaps)} with events that only a backfill brought`;
    const incomplete =
      this.#incomplete.length === 0 ? '' : `; incomplete: ${this.#incomplete.slice(0, MOST_DAYS).join(', ')}`;
    return `coverage: ${toCountText(complete)} of ${toCountText(this.#recorded)} days complete, ${gaps}${incomplete}\n`;
  }

  get #count(): number {
    return OUTCOMES.reduce((sum, outcome) => sum + this.#tally[outcome], 0);
  }
}
