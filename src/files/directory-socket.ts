import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

/**
 * The socket in a locked directory that answers while the holder of the directory runs, however
 * busy it is. A pid is not enough: containers on one machine do not see the processes of one
 * another, and on the host's network they have the same host name.
 */
const SOCKET = 'lock.sock';

/** The longest path of a socket that every system accepts. */
const LONGEST_PATH = 100;

/** Returns whether a process listens in a directory; false if there are no sockets. */
export async function isLockSocketOpen(directory: string): Promise<boolean> {
  const path = toPath(directory);
  if (path === undefined) return false;
  return await new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    // Only a listening socket can have a full backlog.
    socket.on('error', (error) => resolve('code' in error && error.code === 'EAGAIN'));
  });
}

/**
 * Listens in a directory that this process has locked, if the system offers sockets.
 * Returns the function that closes the socket.
 */
export async function openLockSocket(directory: string): Promise<() => Promise<void>> {
  const path = toPath(directory);
  if (path === undefined) return async () => undefined;
  rmSync(path, { force: true });
  const server = createServer((socket) => socket.destroy());
  server.unref();
  await new Promise<void>((resolve) => {
    server.on('error', () => resolve());
    server.listen(path, resolve);
  });
  return () => new Promise((resolve) => server.close(() => resolve()));
}

function toPath(directory: string): string | undefined {
  const path = join(directory, SOCKET);
  return Buffer.byteLength(path) <= LONGEST_PATH ? path : undefined;
}
