/** Why a command cannot run: one line per problem, for the person who called it. */
export class UsageError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[], cause?: unknown) {
    super(problems.join('\n'), { cause });
    this.name = 'UsageError';
    this.problems = problems;
  }
}
