import { closeSync, openSync, writeSync } from 'node:fs';
import { toCountText } from '../console/format.ts';
import type { StatusLine } from '../console/status-line.ts';
import type { Failure } from './ledger.ts';

/** Why items are not in the log: the first ones for whoever looks on, all of them for a file. */
export class ProblemReport implements Disposable {
  readonly #status: StatusLine;
  readonly #mostShown: number;
  readonly #file: number | undefined;
  #told = 0;

  /** Opens the report's file, if one is wanted, to go on with it or anew. Throws what the file system throws. */
  constructor(status: StatusLine, mostShown: number, path: string | undefined, goesOn: boolean) {
    this.#status = status;
    this.#mostShown = mostShown;
    this.#file = path === undefined ? undefined : openSync(path, goesOn ? 'a' : 'w');
  }

  /** Tells why an item is not in the log. */
  tell(file: string, { place: { number: item, line }, receipt }: Failure): void {
    const { outcome, eventId, errors } = receipt;
    for (const { code, message, path } of errors) {
      this.#told += 1;
      if (this.#told <= this.#mostShown) {
        const place = path === null ? '' : ` (${path})`;
        this.#status.print(`${file}:${line}: item ${item}: ${outcome} ${code}: ${message}${place}`);
      }
      if (this.#file === undefined) continue;
      const told = { file, line, item, outcome, code, message, path, eventId };
      writeSync(this.#file, `${JSON.stringify(told)}\n`);
    }
  }

  /** Says how many there were that were not shown. */
  close(): void {
    const more = this.#told - this.#mostShown;
    if (more > 0) this.#status.print(`and ${toCountText(more)} more`);
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}
