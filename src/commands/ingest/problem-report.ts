import { type BigIntStats, closeSync, fstatSync, openSync, statSync, writeSync } from 'node:fs';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import { toCountText } from '../console/format.ts';
import type { StatusLine } from '../console/status-line.ts';
import type { Failure } from './send-batches.ts';

/** Reports why items are not in the log: the first ones on standard error, all of them in a file. */
export class ProblemReport implements Disposable {
  readonly #status: StatusLine;
  readonly #mostShown: number;
  readonly #file: number | undefined;
  #count = 0;

  /** Opens the report's file, to append or to replace. Throws a Misconfiguration. */
  constructor(
    status: StatusLine,
    { mostShown, report }: { mostShown: number; report: string | undefined },
    appends: boolean,
  ) {
    this.#status = status;
    this.#mostShown = mostShown;
    try {
      this.#file = report === undefined ? undefined : openSync(report, appends ? 'a' : 'w');
    } catch (failure) {
      throw new Misconfiguration([`--report: ${(failure as Error).message}`], failure);
    }
  }

  /** Reports the problems of one item. */
  add(file: string, { place: { number: item, line }, receipt }: Failure): void {
    const { outcome, eventId, errors } = receipt;
    for (const { code, message, path } of errors) {
      this.#count += 1;
      if (this.#count <= this.#mostShown) {
        const place = path === null ? '' : ` (${path})`;
        this.#status.print(`${file}:${line}: item ${item}: ${outcome} ${code}: ${message}${place}`);
      }
      if (this.#file === undefined) continue;
      const problem = { file, line, item, outcome, code, message, path, eventId };
      writeSync(this.#file, `${JSON.stringify(problem)}\n`);
    }
  }

  /** Prints how many problems were not shown. */
  printRest(): void {
    const more = this.#count - this.#mostShown;
    if (more > 0) this.#status.print(`and ${toCountText(more)} more`);
  }

  [Symbol.dispose](): void {
    if (this.#file !== undefined) closeSync(this.#file);
  }
}

/**
 * Checks that the report's file is not one of the inputs, under any name: opening the report would
 * empty it. Without files the input is standard input. Throws a Misconfiguration.
 */
export function checkReport(report: string, files: readonly string[]): void {
  const written = attempt(() => statSync(report, { bigint: true }));
  // A terminal or /dev/null may be both.
  if (written === undefined || written.isCharacterDevice()) return;
  const isWritten = (read: BigIntStats | undefined) => read?.dev === written.dev && read.ino === written.ino;
  const name =
    files.length === 0 && isWritten(attempt(() => fstatSync(process.stdin.fd, { bigint: true })))
      ? 'standard input'
      : files.find((file) => isWritten(attempt(() => statSync(file, { bigint: true }))));
  if (name !== undefined) {
    throw new Misconfiguration([`--report: ${report} is ${name}, which is to be sent.`]);
  }
}

/** A file that is missing or not readable is reported when it is opened. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
