import { accessSync, constants, createReadStream, mkdirSync, type Stats, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import type { IngestOptions } from './ingest-options.ts';
import { isStandardInput, openStream } from './open-stream.ts';
import { findResumePoint, type ResumePoint, type Sending, toResumePath, toSending } from './resume-point.ts';

/** A file to send. */
export interface InputFile {
  name: string;
  /** Opens it to be read from an offset on. */
  open(offset: number): Readable;
  /** Undefined for what can be read once only, such as a pipe. */
  resume: Resume | undefined;
}

/** Where the sending of a file may go on. */
export interface Resume {
  sending: Sending;
  path: string;
  /** Where an earlier run has stopped, if there is one. */
  point: ResumePoint | undefined;
}

const PIECE_BYTES = 262_144;

/** Looks at the files to send, each once. Throws a Misconfiguration with a line for each that cannot be read. */
export function listInputFiles(options: IngestOptions): InputFile[] {
  const { files, stateDir } = options;
  const problems: string[] = [];
  const inputs = new Map<string, InputFile>();
  if (stateDir !== undefined) attempt(stateDir, problems, () => mkdirSync(stateDir, { recursive: true }));
  for (const name of files) {
    attempt(name, problems, () => {
      const path = resolve(name);
      const stats = statSync(path);
      if (stats.isDirectory()) throw new Error('this is a directory');
      if (stats.isFile()) inputs.set(path, toRegularFile(name, path, options));
      else inputs.set(`${stats.dev} ${stats.ino}`, toStream(name, path, stats));
    });
  }
  if (problems.length > 0) throw new Misconfiguration(problems);
  return [...inputs.values()];
}

function toRegularFile(name: string, path: string, { target, stateDir, restarts }: IngestOptions): InputFile {
  const sending = toSending(path, target.url);
  const resumePath = toResumePath(path, stateDir);
  const point = restarts ? undefined : findResumePoint(resumePath, sending);
  return {
    name,
    open: (offset) => createReadStream(path, { start: offset, highWaterMark: PIECE_BYTES }),
    resume: { sending, path: resumePath, point },
  };
}

function toStream(name: string, path: string, stats: Stats): InputFile {
  if (isStandardInput(stats)) return { name, open: () => process.stdin, resume: undefined };
  accessSync(path, constants.R_OK);
  return { name, open: () => openStream(path), resume: undefined };
}

function attempt(name: string, problems: string[], work: () => void): void {
  try {
    work();
  } catch (failure) {
    problems.push(`${name}: ${failure instanceof Error ? failure.message : String(failure)}`);
  }
}
