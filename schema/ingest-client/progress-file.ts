import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

/** A small JSON file that a command resumes from. */
export class ProgressFile {
  readonly #path: string;
  readonly #warn: (reason: string) => void;
  #isBroken = false;

  /** `warn` is called once, if the file cannot be written; later writes are skipped. */
  constructor(path: string, warn: (reason: string) => void) {
    this.#path = path;
    this.#warn = warn;
  }

  /** Returns the content, which a person may have edited; undefined if there is none. */
  read(): unknown {
    try {
      return JSON.parse(readFileSync(this.#path, 'utf8'));
    } catch {
      return undefined;
    }
  }

  /** Replaces the content. A reader sees the old content or the new one, even after a crash. */
  write(content: unknown): void {
    if (this.#isBroken) return;
    const draft = `${this.#path}.${process.pid}`;
    try {
      writeFileSync(draft, JSON.stringify(content));
      renameSync(draft, this.#path);
    } catch (failure) {
      rmSync(draft, { force: true });
      // Without the file nothing is lost: an event that is sent again is a duplicate.
      this.#isBroken = true;
      this.#warn(failure instanceof Error ? failure.message : String(failure));
    }
  }

  remove(): void {
    rmSync(this.#path, { force: true });
  }
}
