import type { StatusLine } from '../console/status-line.ts';
import type { Progress } from './ingest-file.ts';
import type { InputFile } from './inputs.ts';
import { type ResumePoint, writeResumePoint } from './resume-point.ts';

/** Resume points are written so often: what was sent since is sent again after a crash. */
const KEEP_EVERY_MS = 1_000;

/** Keeps the resume point of a file while it is sent. */
export class ResumeKeeper {
  readonly #file: InputFile;
  readonly #status: StatusLine;
  #newest: ResumePoint | undefined;
  #keptAt = performance.now();
  #isBroken = false;

  constructor(file: InputFile, status: StatusLine) {
    this.#file = file;
    this.#status = status;
    this.#newest = file.resumePoint;
  }

  /** The file is sent so far; `isUrgent` where something was told that would else be told again. */
  keep(progress: Progress, isUrgent: boolean): void {
    this.#newest = { sending: this.#file.sending, ...progress, isDone: false };
    if (isUrgent || performance.now() - this.#keptAt > KEEP_EVERY_MS) this.#write(this.#newest);
  }

  /** No more of the file is sent now. */
  close(isDone: boolean): void {
    if (this.#newest !== undefined) this.#write({ ...this.#newest, isDone });
  }

  #write(point: ResumePoint): void {
    if (this.#isBroken) return;
    try {
      writeResumePoint(this.#file.resumePath, point);
      this.#keptAt = performance.now();
    } catch (failure) {
      // Without it nothing is lost: sent again, an event is a duplicate.
      this.#isBroken = true;
      const reason = failure instanceof Error ? failure.message : String(failure);
      this.#status.print(
        `${this.#file.name}: no resume point can be kept (${reason}); --state names another place`,
      );
    }
  }
}
