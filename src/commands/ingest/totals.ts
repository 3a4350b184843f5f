import { toCountText, toDurationText } from '../console/format.ts';
import { type Progress, toRate } from '../console/progress-text.ts';
import type { Mark } from './item.ts';
import { OUTCOMES, type Receipt } from './post-batch.ts';

/** The number of items per outcome. */
export type Tally = Record<Receipt['outcome'], number>;

export function toTally(): Tally {
  return { STORED: 0, DUPLICATE: 0, CONFLICT: 0, QUARANTINED: 0, REJECTED: 0 };
}

export function addTo(sum: Tally, more: Tally): void {
  for (const outcome of OUTCOMES) sum[outcome] += more[outcome];
}

function countAll(tally: Tally): number {
  return OUTCOMES.reduce((sum, outcome) => sum + tally[outcome], 0);
}

/** An input, the size of its file and what an earlier run sent of it. */
interface Input {
  name: string;
  resume: { bytes: number; point: { tally: Tally; mark: Mark } | undefined } | undefined;
}

/** How far a run has sent its inputs. Starts with what earlier runs sent of the same files. */
export class Totals {
  readonly #startedAt = performance.now();
  readonly #inputs = new Map<string, { tally: Tally; bytes: number }>();
  readonly #totalBytes: number;
  readonly #earlier: { items: number; bytes: number };

  constructor(inputs: readonly Input[]) {
    for (const { name, resume } of inputs) {
      if (resume?.point) this.set(name, resume.point.tally, resume.point.mark.offset);
    }
    const sizes = inputs.flatMap(({ resume }) => resume?.bytes ?? []);
    // The size of a pipe is unknown, so the total is too.
    this.#totalBytes = sizes.length < inputs.length ? 0 : sizes.reduce((sum, size) => sum + size, 0);
    this.#earlier = { items: countAll(this.tally), bytes: this.#bytes };
  }

  set(name: string, tally: Tally, bytes: number): void {
    this.#inputs.set(name, { tally: { ...tally }, bytes });
  }

  /** The outcomes of all settled items, including those of earlier runs. */
  get tally(): Tally {
    const sum = toTally();
    for (const { tally } of this.#inputs.values()) addTo(sum, tally);
    return sum;
  }

  /** The items that are not in the log. The content of a conflict is in quarantine. */
  get failed(): number {
    const { CONFLICT, QUARANTINED, REJECTED } = this.tally;
    return CONFLICT + QUARANTINED + REJECTED;
  }

  get #bytes(): number {
    return [...this.#inputs.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** The progress of this run, in items and bytes. */
  get progress(): Progress {
    const done = this.#bytes;
    return {
      noun: 'items',
      count: countAll(this.tally) - this.#earlier.items,
      total: this.#totalBytes,
      done,
      doneNow: done - this.#earlier.bytes,
      elapsedMs: performance.now() - this.#startedAt,
    };
  }

  /** The lines on standard output at the end of a run. */
  toSummary(): string {
    const { tally } = this;
    const { count, elapsedMs } = this.progress;
    const width = Math.max(...OUTCOMES.map((outcome) => toCountText(tally[outcome]).length));
    const lines = OUTCOMES.map(
      (outcome) => `${outcome.padEnd(11)} ${toCountText(tally[outcome]).padStart(width)}`,
    );
    const all = countAll(tally);
    const now = count === all ? '' : `, ${toCountText(count)} of them now`;
    const rate = toCountText(toRate(count, elapsedMs));
    lines.push(`${toCountText(all)} items${now}, in ${toDurationText(elapsedMs)} (${rate}/s)`);
    return `${lines.join('\n')}\n`;
  }
}
