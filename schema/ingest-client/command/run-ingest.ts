import { addAbortSignal } from 'node:stream';
import { BatchPoster, describeRejection } from '../batch-poster.ts';
import { toProgressText } from '../console/progress-text.ts';
import { openStatusLine } from '../console/status-line.ts';
import { UsageError } from '../console/usage-error.ts';
import { START } from '../items/item.ts';
import { readItems } from '../items/read-items.ts';
import { addTo, NO_ITEMS, sendBatches } from '../send-batches.ts';
import type { IngestOptions } from './ingest-options.ts';
import { IngestReport } from './ingest-report.ts';
import { type InputFile, listInputFiles } from './input-files.ts';

const UPDATE_EVERY_MS = 200;

/** What the inputs of one run share. */
interface Run {
  options: IngestOptions;
  poster: BatchPoster;
  stop: AbortSignal;
  report: IngestReport;
  say(line: string): void;
}

/**
 * Sends files, or standard input, to a server and prints a summary. Returns the exit status,
 * or 'interrupted' if `signal` aborts.
 */
export async function runIngest(
  options: IngestOptions,
  signal: AbortSignal,
): Promise<number | 'interrupted'> {
  const status = openStatusLine();
  const inputs = listInputFiles(options, status.print);
  if (options.files.length === 0 && process.stdin.isTTY) {
    throw new UsageError(['name a file, or pipe events in. See --help.']);
  }
  using report = new IngestReport(inputs, options, status);
  const stopping = new AbortController();
  signal.addEventListener('abort', () => stopping.abort());
  const stop = stopping.signal;
  const poster = new BatchPoster({ ...options, stop });
  const update = () => toProgressText(report.progress, poster.waitsFor, process.stderr.isTTY);
  const updating = setInterval(() => status.update(update), UPDATE_EVERY_MS);
  let obstacle: string | undefined;
  try {
    await sendInputs({ options, poster, stop, report, say: status.print }, inputs);
  } catch (failure) {
    if (!signal.aborted) obstacle = toReason(failure, options);
  } finally {
    // Other batches may still be in flight.
    stopping.abort();
    clearInterval(updating);
    status.clear();
  }
  report.print();
  if (obstacle === undefined && !signal.aborted) return report.failed > 0 ? 1 : 0;
  const canResume = inputs.every(({ resume }) => resume !== undefined);
  const again = canResume ? 'Run the same command to resume.' : 'It is safe to send everything again.';
  status.print(`${obstacle ?? 'Interrupted.'} ${again}`);
  return obstacle === undefined ? 'interrupted' : 2;
}

/**
 * Sends the inputs one after another. Resume points are removed once every input is sent. They
 * remain after an error. A stop is an error too.
 */
async function sendInputs(run: Run, inputs: readonly InputFile[]): Promise<void> {
  for (const input of inputs) {
    const { name, resume } = input;
    if (resume?.point !== undefined) {
      const { isDone, mark } = resume.point;
      const how = isDone ? 'is sent already' : `resumes at line ${mark.line}`;
      run.say(`${name}: ${how}; --restart sends everything again`);
      if (isDone) continue;
    }
    await sendInput(run, input);
    run.stop.throwIfAborted();
    resume?.finish();
  }
  for (const { resume } of inputs) resume?.remove();
}

async function sendInput(run: Run, { name, open, resume }: InputFile): Promise<void> {
  const { options, poster, stop, report } = run;
  const fresh = { format: options.format, mark: START, tally: NO_ITEMS };
  const { format: wanted, mark: start, tally: before } = resume?.point ?? fresh;
  const tally = { ...before };
  let { offset } = start;
  // A stop also ends the wait for more input.
  const bytes = addAbortSignal(stop, open(offset));
  const reading = { format: wanted, start, maxItemBytes: options.limits.bytes };
  const { format, items } = await readItems(name, bytes, reading);
  for await (const batch of sendBatches(items, poster, options.inFlight)) {
    const { after: mark } = batch;
    addTo(tally, batch.tally);
    report.add(name, batch, mark.offset - offset);
    offset = mark.offset;
    resume?.keep({ format, mark, tally: { ...tally } });
  }
}

/** Describes what kept the run from sending everything. Throws other failures again. */
function toReason(failure: unknown, options: IngestOptions): string {
  const reason = describeRejection(failure, options);
  if (reason !== undefined) return reason;
  if (failure instanceof Error && 'code' in failure && 'syscall' in failure) return `${failure.message}.`;
  throw failure;
}
