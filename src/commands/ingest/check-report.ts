import { type BigIntStats, fstatSync, statSync } from 'node:fs';
import { Misconfiguration } from '../../domain/misconfiguration.ts';

/**
 * Looks whether the file that a report goes to is one of those that are sent, or standard input where there are none; links may give it
 * several names. Opened to be written, it would be emptied. Throws a Misconfiguration.
 */
export function checkReport(report: string, files: readonly string[]): void {
  const written = attempt(() => statSync(report, { bigint: true }));
  // A terminal or /dev/null may well be both.
  if (written === undefined || written.isCharacterDevice()) return;
  const isWritten = (read: BigIntStats | undefined) => read?.dev === written.dev && read.ino === written.ino;
  const name =
    files.length === 0 && isWritten(attempt(() => fstatSync(process.stdin.fd, { bigint: true })))
      ? 'standard input'
      : files.find((file) => isWritten(attempt(() => statSync(file, { bigint: true }))));
  if (name !== undefined)
    throw new Misconfiguration([`--report: ${report} is ${name}, which is to be sent.`]);
}

/** What cannot be looked at is told of by whoever opens it. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
