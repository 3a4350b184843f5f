import { Misconfiguration } from '../../domain/misconfiguration.ts';
import { toDurationText } from '../console/format.ts';
import { toProgressText } from '../console/progress-text.ts';
import { openStatusLine, type StatusLine } from '../console/status-line.ts';
import type { IngestOptions } from './ingest-options.ts';
import { type InputFile, listInputFiles } from './input-files.ts';
import { START } from './item.ts';
import { BatchPoster, GivenUp, Refused } from './post-batch.ts';
import { checkReport, ProblemReport } from './problem-report.ts';
import { readItems } from './read-items.ts';
import { sendBatches } from './send-batches.ts';
import { addTo, Totals, toTally } from './totals.ts';

/** After a stop, requests in flight have this long to be answered. */
const FINISH_MS = 5_000;
const UPDATE_EVERY_MS = 200;

/** What the inputs of one run share. */
interface Run {
  options: IngestOptions;
  poster: BatchPoster;
  stopping: AbortController;
  totals: Totals;
  report: ProblemReport;
  status: StatusLine;
}

/**
 * Sends files, or standard input, to a server and prints a summary. Returns the exit status, or
 * 'interrupted' if `signal` aborts.
 */
export async function runIngest(
  options: IngestOptions,
  signal: AbortSignal,
): Promise<number | 'interrupted'> {
  if (options.report !== undefined) checkReport(options.report, options.files);
  const status = openStatusLine();
  const inputs = listInputFiles(options, status.print);
  if (options.files.length === 0 && process.stdin.isTTY) {
    throw new Misconfiguration(['name a file, or pipe events in. --help tells more.']);
  }
  const resumes = inputs.some(({ resume }) => resume?.point !== undefined);
  using report = new ProblemReport(status, options, resumes);
  const stopping = new AbortController();
  const poster = openPoster(options, stopping, signal);
  const totals = new Totals(inputs);
  const update = () =>
    status.update(() => toProgressText(totals.progress, poster.waitsFor, process.stderr.isTTY));
  const updating = setInterval(update, UPDATE_EVERY_MS);
  let obstacle: string | undefined;
  try {
    await sendInputs({ options, poster, stopping, totals, report, status }, inputs);
  } catch (failure) {
    obstacle = toReason(failure, options);
  } finally {
    clearInterval(updating);
    status.clear();
  }
  report.printRest();
  process.stdout.write(totals.toSummary());
  if (obstacle === undefined && !signal.aborted) return totals.failed > 0 ? 1 : 0;
  const canResume = inputs.every(({ resume }) => resume !== undefined);
  const again = canResume ? 'The same command goes on from here.' : 'To send it all again does no harm.';
  status.print(`${obstacle ?? 'Interrupted.'} ${again}`);
  return obstacle === undefined ? 'interrupted' : 2;
}

/** A stop lets the requests in flight finish for a short time before it cancels them. */
function openPoster(
  { target, batch, giveUpAfterMs }: IngestOptions,
  stopping: AbortController,
  signal: AbortSignal,
): BatchPoster {
  const cutting = new AbortController();
  signal.addEventListener('abort', () => stopping.abort());
  stopping.signal.addEventListener('abort', () => {
    setTimeout(() => cutting.abort(), FINISH_MS).unref();
  });
  return new BatchPoster({
    target,
    limits: batch,
    giveUpAfterMs,
    stop: stopping.signal,
    cut: cutting.signal,
  });
}

/**
 * Sends the inputs one after another. Resume points are removed once every input is sent. They
 * remain after a stop or an error.
 */
async function sendInputs(run: Run, inputs: readonly InputFile[]): Promise<void> {
  const { signal } = run.stopping;
  for (const input of inputs) {
    const { name, resume } = input;
    if (signal.aborted) return;
    if (resume?.point !== undefined) {
      const { isDone, mark } = resume.point;
      const how = isDone ? 'is sent already' : `goes on at line ${mark.line}`;
      run.status.print(`${name}: ${how}; --restart begins anew`);
      if (isDone) continue;
    }
    let isDone = false;
    try {
      await sendInput(run, input);
      isDone = !signal.aborted;
    } finally {
      resume?.close(isDone);
    }
  }
  if (signal.aborted) return;
  for (const { resume } of inputs) resume?.remove();
}

async function sendInput(run: Run, { name, open, resume }: InputFile): Promise<void> {
  const { options, poster, stopping, totals, report } = run;
  const fresh = { format: options.format, mark: START, tally: toTally() };
  const { format: wanted, mark: start, tally: before } = resume?.point ?? fresh;
  const tally = { ...before };
  const bytes = open(start.offset);
  // A stop also ends the wait for more input.
  stopping.signal.addEventListener('abort', () => bytes.destroy(), { once: true });
  try {
    const reading = { format: wanted, start, maxItemBytes: options.batch.bytes };
    const source = await readItems(name, bytes, reading).catch((failure: unknown) => {
      // A stop closes the input, which is an error for its reader.
      if (!stopping.signal.aborted) throw failure;
    });
    if (source === undefined) return;
    const { inFlight } = options;
    await sendBatches(source.items, { poster, inFlight, stopping }, (mark, more, failures) => {
      addTo(tally, more);
      totals.set(name, tally, mark.offset);
      for (const failure of failures) report.add(name, failure);
      resume?.keep({ format: source.format, mark, tally: { ...tally } }, failures.length > 0);
    });
  } finally {
    bytes.destroy();
  }
}

/** Describes what kept the run from sending everything. Throws other failures again. */
function toReason(failure: unknown, { target, giveUpAfterMs }: IngestOptions): string {
  if (failure instanceof GivenUp) {
    return `Given up: ${target.url} has taken nothing for ${toDurationText(giveUpAfterMs)} (${failure.message}).`;
  }
  if (failure instanceof Refused) return `Refused by ${target.url}: ${failure.message}`;
  if (failure instanceof Error && 'code' in failure && 'syscall' in failure) return `${failure.message}.`;
  throw failure;
}
