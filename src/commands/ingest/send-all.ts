import type { StatusLine } from '../console/status-line.ts';
import { type Input, ingestFile, type Progress } from './ingest-file.ts';
import type { IngestOptions } from './ingest-options.ts';
import type { InputFile } from './inputs.ts';
import { START } from './item.ts';
import type { Failure } from './ledger.ts';
import type { ProblemReport } from './problem-report.ts';
import { ResumeKeeper } from './resume-keeper.ts';
import { removeResumePoint } from './resume-point.ts';
import type { RunState } from './run-state.ts';
import type { Sender } from './send-items.ts';
import { toTally } from './tally.ts';

/** What a run sends with, and what it tells of it. */
export interface Run {
  options: IngestOptions;
  sender: Sender;
  state: RunState;
  report: ProblemReport;
  status: StatusLine;
}

/**
 * Sends files one after another, or standard input where there are none. Resolves early when the sender is stopped; rejects with what
 * keeps it from going on. In both cases the resume points remain; else they go, when the last file is sent.
 */
export async function sendAll(run: Run, files: readonly InputFile[]): Promise<void> {
  const { signal } = run.sender.stopping;
  if (files.length === 0) {
    const { format } = run.options;
    const input = {
      name: 'standard input',
      open: () => process.stdin,
      format,
      start: START,
      before: toTally(),
    };
    await sendInput(run, input, () => undefined);
  }
  for (const file of files) {
    if (!signal.aborted) await sendFile(run, file);
  }
  if (signal.aborted) return;
  for (const { resume } of files) {
    if (resume !== undefined) removeResumePoint(resume.path);
  }
}

async function sendFile(run: Run, file: InputFile): Promise<void> {
  const { name, open, resume } = file;
  const point = resume?.point;
  if (point !== undefined) {
    const how = point.isDone ? 'is sent already' : `goes on at line ${point.mark.line}`;
    run.status.print(`${name}: ${how}; --restart begins anew`);
    if (point.isDone) return;
  }
  const keeper = new ResumeKeeper(name, resume, run.status);
  let isDone = false;
  try {
    const {
      format,
      mark: start,
      tally: before,
    } = point ?? {
      format: run.options.format,
      mark: START,
      tally: toTally(),
    };
    await sendInput(run, { name, open, format, start, before }, (progress, failures) =>
      keeper.keep(progress, failures.length > 0),
    );
    isDone = !run.sender.stopping.signal.aborted;
  } finally {
    keeper.close(isDone);
  }
}

function sendInput(
  { options, sender, state, report }: Run,
  input: Input,
  keep: (progress: Progress, failures: readonly Failure[]) => void,
): Promise<void> {
  return ingestFile(input, {
    sender,
    inFlight: options.inFlight,
    maxItemBytes: options.batch.bytes,
    tell(progress, failures) {
      state.set(input.name, progress.tally, progress.mark.offset);
      for (const failure of failures) report.tell(input.name, failure);
      keep(progress, failures);
    },
  });
}
