import {
  accessSync,
  type BigIntStats,
  constants,
  createReadStream,
  fstatSync,
  mkdirSync,
  openSync,
  statSync,
} from 'node:fs';
import { Socket } from 'node:net';
import { resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { isatty, ReadStream } from 'node:tty';
import { UsageError } from '../console/usage-error.ts';
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
 * Lists the inputs, each file once, whatever its names; without files, standard input. Throws
 * a UsageError with one line for each file that cannot be read, and if the report would
 * overwrite an input. `warn` receives later problems with resume points.
 */
export function listInputFiles(options: IngestOptions, warn: (line: string) => void): InputFile[] {
  const { files, report, stateDir } = options;
  const inputs = new Map<string, InputFile>();
  const problems: string[] = [];
  const attempt = (name: string, work: () => void) => {
    try {
      work();
    } catch (failure) {
      problems.push(`${name}: ${failure instanceof Error ? failure.message : String(failure)}`);
    }
  };
  const stdin = findStats(STDIN);
  const stdinKey = stdin === undefined ? 'closed' : toKey(stdin);
  if (files.length === 0)
    inputs.set(
      stdinKey,
      toStream('standard input', () => process.stdin),
    );
  if (stateDir !== undefined) attempt(stateDir, () => mkdirSync(stateDir, { recursive: true }));
  for (const name of files) {
    attempt(name, () => {
      const path = resolve(name);
      const stats = statSync(path, { bigint: true });
      const key = toKey(stats);
      if (stats.isDirectory()) throw new Error('this is a directory');
      if (inputs.has(key)) return;
      if (stats.isFile()) {
        inputs.set(key, toRegularFile(name, path, options, warn));
      } else if (key === stdinKey) {
        // Standard input may be a socket, which cannot be opened by a name such as /dev/stdin.
        inputs.set(
          key,
          toStream(name, () => process.stdin),
        );
      } else {
        accessSync(path, constants.R_OK);
        inputs.set(
          key,
          toStream(name, () => openStream(path)),
        );
      }
    });
  }
  const written = report === undefined ? undefined : findStats(report);
  const read = written && inputs.get(toKey(written));
  // A terminal or /dev/null may be both.
  if (read !== undefined && !written?.isCharacterDevice()) {
    problems.push(`--report: ${report} is ${read.name}, which is to be sent.`);
  }
  if (problems.length > 0) throw new UsageError(problems);
  return [...inputs.values()];
}

/** Identifies a file under any name. */
function toKey({ dev, ino }: BigIntStats): string {
  return `${dev} ${ino}`;
}

function findStats(file: string | typeof STDIN): BigIntStats | undefined {
  try {
    return file === STDIN ? fstatSync(file, { bigint: true }) : statSync(file, { bigint: true });
  } catch {
    return undefined;
  }
}

function toStream(name: string, open: () => Readable): InputFile {
  return { name, open, resume: undefined };
}

function toRegularFile(
  name: string,
  path: string,
  options: IngestOptions,
  warn: (line: string) => void,
): InputFile {
  const resume = new ResumeFile(path, options, (reason) =>
    warn(`${name}: no resume point can be kept (${reason}); --state names another place`),
  );
  return {
    name,
    open: (offset) => createReadStream(path, { start: offset, highWaterMark: CHUNK_BYTES }),
    resume,
  };
}

/** Opens a named pipe, a process substitution or a terminal. Does not wait for a writer. */
function openStream(path: string): Readable {
  // Without O_NONBLOCK, opening a pipe blocks a thread until there is a writer. No signal ends
  // that thread, and the process would wait for it.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if (isatty(file)) return new ReadStream(file);
  if (fstatSync(file).isFIFO()) return new Socket({ fd: file, readable: true, writable: false });
  return createReadStream('', { fd: file });
}
