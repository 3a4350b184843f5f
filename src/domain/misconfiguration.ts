/**
 * Why the service cannot start: each problem is one line for the person who starts it. Ends
 * the process with status 1.
 */
export class Misconfiguration extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[], cause?: unknown) {
    super(problems.join('\n'), { cause });
    this.name = 'Misconfiguration';
    this.problems = problems;
  }
}
