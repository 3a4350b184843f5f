import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import type { IngestOptions } from './ingest-options.ts';
import { findResumePoint, type ResumePoint, type Sending, toResumePath, toSending } from './resume-point.ts';

/** A file to send, with the resume point of an earlier run, if there is one. */
export interface InputFile {
  name: string;
  path: string;
  sending: Sending;
  resumePath: string;
  resumePoint: ResumePoint | undefined;
}

/** Looks at the files to send, each once. Throws a Misconfiguration with a line for each that cannot be read. */
export function listInputFiles({ files, target, stateDir, restarts }: IngestOptions): InputFile[] {
  const problems: string[] = [];
  const inputs = new Map<string, InputFile>();
  if (stateDir !== undefined) attempt(stateDir, problems, () => mkdirSync(stateDir, { recursive: true }));
  for (const name of files) {
    attempt(name, problems, () => {
      const path = resolve(name);
      const sending = toSending(path, target.url);
      const resumePath = toResumePath(path, stateDir);
      const resumePoint = restarts ? undefined : findResumePoint(resumePath, sending);
      inputs.set(path, { name, path, sending, resumePath, resumePoint });
    });
  }
  if (problems.length > 0) throw new Misconfiguration(problems);
  return [...inputs.values()];
}

function attempt(name: string, problems: string[], work: () => void): void {
  try {
    work();
  } catch (failure) {
    problems.push(`${name}: ${failure instanceof Error ? failure.message : String(failure)}`);
  }
}
