import {
  accessSync,
  constants,
  createReadStream,
  fstatSync,
  mkdirSync,
  openSync,
  type Stats,
  statSync,
} from 'node:fs';
import { Socket } from 'node:net';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { isatty, ReadStream } from 'node:tty';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import type { IngestOptions } from './ingest-options.ts';
import { ResumeFile } from './resume-point.ts';

/** A file to send, or standard input. */
export interface InputFile {
  name: string;
  /** Opens the input at an offset. */
  open(offset: number): Readable;
  /** Undefined for an input that can be read only once, such as a pipe. */
  resume: ResumeFile | undefined;
}

const CHUNK_BYTES = 262_144;
const STDIN = 0;

/**
 * Lists the inputs, each file once; without files, standard input. Throws a Misconfiguration with
 * one line for each file that cannot be read. `warn` receives later problems with resume points.
 */
export function listInputFiles(options: IngestOptions, warn: (line: string) => void): InputFile[] {
  const { files, stateDir } = options;
  const stdin = { open: () => process.stdin, resume: undefined };
  const problems: string[] = [];
  const attempt = (name: string, work: () => void) => {
    try {
      work();
    } catch (failure) {
      problems.push(`${name}: ${failure instanceof Error ? failure.message : String(failure)}`);
    }
  };
  const inputs = new Map<string, InputFile>();
  if (stateDir !== undefined) attempt(stateDir, () => mkdirSync(stateDir, { recursive: true }));
  for (const name of files) {
    attempt(name, () => {
      const path = resolve(name);
      const stats = statSync(path);
      if (stats.isDirectory()) throw new Error('this is a directory');
      if (stats.isFile()) {
        inputs.set(path, toRegularFile(name, path, options, warn));
      } else if (isStandardInput(stats)) {
        inputs.set(`${stats.dev} ${stats.ino}`, { name, ...stdin });
      } else {
        accessSync(path, constants.R_OK);
        inputs.set(`${stats.dev} ${stats.ino}`, { name, open: () => openStream(path), resume: undefined });
      }
    });
  }
  if (problems.length > 0) throw new Misconfiguration(problems);
  return files.length === 0 ? [{ name: 'standard input', ...stdin }] : [...inputs.values()];
}

function toRegularFile(
  name: string,
  path: string,
  { target: { url }, stateDir, restarts }: IngestOptions,
  warn: (line: string) => void,
): InputFile {
  const resume = new ResumeFile(path, { url, stateDir, restarts }, (reason) =>
    warn(`${name}: no resume point can be kept (${reason}); --state names another place`),
  );
  return {
    name,
    open: (offset) => createReadStream(path, { start: offset, highWaterMark: CHUNK_BYTES }),
    resume,
  };
}

/** Opens a named pipe, a process substitution or a terminal, without waiting for its writer. */
function openStream(path: string): Readable {
  // Without O_NONBLOCK, opening a pipe blocks a thread until there is a writer. No signal ends that
  // thread, and the process would wait for it.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if (isatty(file)) return new ReadStream(file);
  if (fstatSync(file).isFIFO()) return new Socket({ fd: file, readable: true, writable: false });
  return createReadStream('', { fd: file });
}

/** A name such as /dev/stdin. Standard input may be a socket, which cannot be opened by name. */
function isStandardInput({ dev, ino }: Stats): boolean {
  try {
    const standardInput = fstatSync(STDIN);
    return standardInput.dev === dev && standardInput.ino === ino;
  } catch {
    return false;
  }
}
