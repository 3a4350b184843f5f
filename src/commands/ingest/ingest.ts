import { Misconfiguration } from '../../domain/misconfiguration.ts';
import { toCountText, toDurationText } from '../console/format.ts';
import { toProgressText, toRate } from '../console/progress-text.ts';
import { openStatusLine, type StatusLine } from '../console/status-line.ts';
import { checkReport } from './check-report.ts';
import type { IngestOptions } from './ingest-options.ts';
import { listInputFiles } from './inputs.ts';
import { GivenUp, Patience } from './patience.ts';
import { OUTCOMES } from './post-events.ts';
import { ProblemReport } from './problem-report.ts';
import { RunState } from './run-state.ts';
import { sendAll } from './send-all.ts';
import { Refused, type Sender } from './send-items.ts';
import { countAll, countFailed } from './tally.ts';

/** What is under way when the run is stopped has so long to be answered. */
const FINISH_MS = 5_000;
const LOOK_EVERY_MS = 200;

/** Sends files, or standard input, to a server, and says what became of them. Gives the exit status, or that it was cut short. */
export async function ingest(options: IngestOptions, signal: AbortSignal): Promise<number | 'interrupted'> {
  if (options.report !== undefined) checkReport(options.report, options.files);
  const files = listInputFiles(options);
  if (files.length === 0 && process.stdin.isTTY) {
    throw new Misconfiguration(['name a file, or pipe events in. --help tells more.']);
  }
  const status = openStatusLine();
  using report = openReport(
    options,
    status,
    files.some(({ resume }) => resume?.point !== undefined),
  );
  const sender = toSender(options, signal);
  const state = new RunState(files);
  const look = () =>
    status.update(() => toProgressText(state.sent, sender.patience.reason, process.stderr.isTTY));
  const looking = setInterval(look, LOOK_EVERY_MS);
  let kept: string | undefined;
  try {
    await sendAll({ options, sender, state, report, status }, files);
  } catch (failure) {
    kept = toReason(failure, options);
  } finally {
    clearInterval(looking);
    status.clear();
  }
  report.close();
  process.stdout.write(toSummary(state));
  if (kept === undefined && !signal.aborted) return countFailed(state.tally) > 0 ? 1 : 0;
  const canGoOn = files.length > 0 && files.every(({ resume }) => resume !== undefined);
  const again = canGoOn ? 'The same command goes on from here.' : 'To send it all again does no harm.';
  status.print(`${kept ?? 'Interrupted.'} ${again}`);
  return kept === undefined ? 'interrupted' : 2;
}

function openReport(
  { mostShown, report }: IngestOptions,
  status: StatusLine,
  goesOn: boolean,
): ProblemReport {
  try {
    return new ProblemReport(status, mostShown, report, goesOn);
  } catch (failure) {
    throw new Misconfiguration([`--report: ${(failure as Error).message}`], failure);
  }
}

/** What sends until `signal` aborts, and a little longer what is under way then. */
function toSender({ target, batch, giveUpAfterMs }: IngestOptions, signal: AbortSignal): Sender {
  const stopping = new AbortController();
  const cutting = new AbortController();
  signal.addEventListener('abort', () => stopping.abort());
  stopping.signal.addEventListener('abort', () => {
    setTimeout(() => cutting.abort(), FINISH_MS).unref();
  });
  return {
    target,
    patience: new Patience(giveUpAfterMs),
    limits: { ...batch },
    stopping,
    cut: cutting.signal,
  };
}

function toReason(failure: unknown, { target, giveUpAfterMs }: IngestOptions): string {
  if (failure instanceof GivenUp) {
    return `Given up: ${target.url} has taken nothing for ${toDurationText(giveUpAfterMs)} (${failure.message}).`;
  }
  if (failure instanceof Refused) return `Refused by ${target.url}: ${failure.message}`;
  if (failure instanceof Error && 'code' in failure && 'syscall' in failure) return `${failure.message}.`;
  throw failure;
}

function toSummary(state: RunState): string {
  const { tally, sent } = state;
  const width = Math.max(...OUTCOMES.map((outcome) => toCountText(tally[outcome]).length));
  const lines = OUTCOMES.map(
    (outcome) => `${outcome.padEnd(11)} ${toCountText(tally[outcome]).padStart(width)}`,
  );
  const all = countAll(tally);
  const now = sent.count === all ? '' : `, ${toCountText(sent.count)} of them now`;
  const rate = toCountText(toRate(sent.count, sent.elapsedMs));
  lines.push(`${toCountText(all)} items${now}, in ${toDurationText(sent.elapsedMs)} (${rate}/s)`);
  return `${lines.join('\n')}\n`;
}
