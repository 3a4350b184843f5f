import { constants } from 'node:os';
import { dropLostOutput } from './drop-lost-output.ts';

/** The end of a command: an exit status, or 'interrupted' after a signal. */
type Ending = number | 'interrupted';

/**
 * Runs a command and sets the exit status. `parse` parses the command line; if it returns
 * undefined, the command only prints `usage`. SIGINT and SIGTERM abort the signal that `work`
 * receives, so the command can stop between two steps; it then exits with the status that
 * shells use (130 for SIGINT). An error with `problems`, such as a UsageError, prints one line
 * per problem and sets status 1. Output that cannot be written changes neither the work nor the
 * status.
 */
export async function runCommand<Options>(
  verb: string,
  usage: string,
  parse: (args: string[], environment: NodeJS.ProcessEnv) => Options | undefined,
  work: (options: Options, signal: AbortSignal) => Promise<Ending>,
): Promise<void> {
  dropLostOutput();
  const stopping = new AbortController();
  let received: 'SIGINT' | 'SIGTERM' = 'SIGINT';
  // npm passes Ctrl-C on, so the process receives it twice. A second signal therefore does not
  // force an exit.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      received = signal;
      stopping.abort();
    });
  }
  try {
    const options = parse(process.argv.slice(2), process.env);
    if (options === undefined) return void process.stdout.write(usage);
    const ending = await work(options, stopping.signal);
    process.exitCode = ending === 'interrupted' ? 128 + constants.signals[received] : ending;
  } catch (failure) {
    for (const problem of toProblems(failure))
      process.stderr.write(`qlik-event-graph cannot ${verb}: ${problem}\n`);
    process.exitCode = 1;
  }
}

function toProblems(failure: unknown): readonly string[] {
  if (failure instanceof Error && 'problems' in failure) return failure.problems as readonly string[];
  throw failure;
}
