import type { StatusLine } from '../console/status-line.ts';
import type { Progress } from './ingest-file.ts';
import type { Resume } from './inputs.ts';
import { type ResumePoint, writeResumePoint } from './resume-point.ts';

/** Resume points are written so often: what was sent since is sent again after a crash. */
const KEEP_EVERY_MS = 1_000;

/** Keeps the resume point of a file while it is sent; of what can be read once only there is none to keep. */
export class ResumeKeeper {
  readonly #name: string;
  readonly #resume: Resume | undefined;
  readonly #status: StatusLine;
  #newest: ResumePoint | undefined;
  #keptAt = performance.now();
  #isBroken = false;

  constructor(name: string, resume: Resume | undefined, status: StatusLine) {
    this.#name = name;
    this.#resume = resume;
    this.#status = status;
    this.#newest = resume?.point;
  }

  /** The file is sent so far; `isUrgent` where something was told that would else be told again. */
  keep(progress: Progress, isUrgent: boolean): void {
    if (this.#resume === undefined) return;
    this.#newest = { sending: this.#resume.sending, ...progress, isDone: false };
    if (isUrgent || performance.now() - this.#keptAt > KEEP_EVERY_MS) this.#write(this.#newest);
  }

  /** No more of the file is sent now. */
  close(isDone: boolean): void {
    if (this.#newest !== undefined) this.#write({ ...this.#newest, isDone });
  }

  #write(point: ResumePoint): void {
    if (this.#isBroken || this.#resume === undefined) return;
    try {
      writeResumePoint(this.#resume.path, point);
      this.#keptAt = performance.now();
    } catch (failure) {
      // Without it nothing is lost: sent again, an event is a duplicate.
      this.#isBroken = true;
      const reason = failure instanceof Error ? failure.message : String(failure);
      this.#status.print(
        `${this.#name}: no resume point can be kept (${reason}); --state names another place`,
      );
    }
  }
}
