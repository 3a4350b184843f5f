/** Why the service cannot start: one line per problem. The process exits with status 1. */
export class Misconfiguration extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[], cause?: unknown) {
    super(problems.join('\n'), { cause });
    this.name = 'Misconfiguration';
    this.problems = problems;
  }
}
