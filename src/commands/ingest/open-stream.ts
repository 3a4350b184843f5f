import { constants, createReadStream, fstatSync, openSync, type Stats } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { isatty, ReadStream } from 'node:tty';

const STDIN = 0;

/**
 * Opens what can be read once only: a named pipe, a process substitution, a terminal. It waits for whoever writes without holding up the
 * process. Throws what the file system throws.
 */
export function openStream(path: string): Readable {
  // Else opening a pipe would wait for its writer in a thread that no signal ends, and the process would wait for that thread.
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if (isatty(file)) return new ReadStream(file);
  if (fstatSync(file).isFIFO()) return new Socket({ fd: file, readable: true, writable: false });
  return createReadStream('', { fd: file });
}

/** Tells whether a name such as /dev/stdin is that of standard input, which may be a socket that nothing can open by a name. */
export function isStandardInput({ dev, ino }: Stats): boolean {
  try {
    const standardInput = fstatSync(STDIN);
    return standardInput.dev === dev && standardInput.ino === ino;
  } catch {
    return false;
  }
}
