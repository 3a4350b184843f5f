import { constants } from 'node:os';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import { Refusal } from '../../domain/refusal.ts';
import { dropLostOutput } from './drop-lost-output.ts';

/** How a command ended: an exit status, or that it was cut short because somebody wanted it to end. */
type Ending = number | 'interrupted';

/**
 * Runs a command and sets the exit status. SIGINT and SIGTERM abort its signal instead of ending it, so that it can stop between two
 * steps; cut short, it ends with the status that shells give (130 for SIGINT). What it was told wrongly, and what the database
 * refused, is a line for each problem and status 1. Output that cannot be written changes neither the work nor the status.
 */
export async function runCommand(
  verb: string,
  work: (signal: AbortSignal) => Promise<Ending>,
): Promise<void> {
  dropLostOutput();
  const stopping = new AbortController();
  let received: 'SIGINT' | 'SIGTERM' = 'SIGINT';
  // Ctrl-C comes twice under npm, which passes it on; so a second one is no wish to end at any price.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      received = signal;
      stopping.abort();
    });
  }
  try {
    const ending = await work(stopping.signal);
    process.exitCode = ending === 'interrupted' ? 128 + constants.signals[received] : ending;
  } catch (failure) {
    for (const problem of toProblems(failure))
      process.stderr.write(`qlik-event-graph cannot ${verb}: ${problem}\n`);
    process.exitCode = 1;
  }
}

function toProblems(failure: unknown): readonly string[] {
  if (failure instanceof Misconfiguration) return failure.problems;
  if (failure instanceof Refusal) return [failure.message];
  throw failure;
}
