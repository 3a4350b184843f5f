import type { Progress } from '../console/progress-text.ts';
import type { InputFile } from './inputs.ts';
import { addTo, countAll, type Tally, toTally } from './tally.ts';

interface State {
  tally: Tally;
  bytes: number;
}

/** How far the inputs of a run are sent. */
export class RunState {
  readonly #startedAt = performance.now();
  readonly #states = new Map<string, State>();
  readonly #totalBytes: number;
  readonly #earlier: { items: number; bytes: number };

  /** Begins with what earlier runs have sent of the files. */
  constructor(files: readonly InputFile[]) {
    for (const { name, resume } of files) {
      const point = resume?.point;
      if (point !== undefined) this.set(name, point.tally, point.mark.offset);
    }
    this.#totalBytes = toTotalBytes(files);
    this.#earlier = { items: countAll(this.tally), bytes: this.#bytes };
  }

  /** An input is sent so far. */
  set(name: string, tally: Tally, bytes: number): void {
    this.#states.set(name, { tally: { ...tally }, bytes });
  }

  /** What has become of all items that are answered for, those of earlier runs included. */
  get tally(): Tally {
    const sum = toTally();
    for (const { tally } of this.#states.values()) addTo(sum, tally);
    return sum;
  }

  get #bytes(): number {
    return [...this.#states.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Items, measured in bytes. */
  get sent(): Progress {
    const doneBytes = this.#bytes;
    return {
      noun: 'items',
      count: countAll(this.tally) - this.#earlier.items,
      total: this.#totalBytes,
      done: doneBytes,
      doneNow: doneBytes - this.#earlier.bytes,
      elapsedMs: performance.now() - this.#startedAt,
    };
  }
}

/** 0 where nobody knows, as nobody does of a pipe. */
function toTotalBytes(files: readonly InputFile[]): number {
  const sizes = files.flatMap(({ resume }) => resume?.sending.bytes ?? []);
  return sizes.length < files.length ? 0 : sizes.reduce((sum, size) => sum + size, 0);
}
