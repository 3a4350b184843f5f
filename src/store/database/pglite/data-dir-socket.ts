import { rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

/**
 * What tells a data directory's holder from afar. Containers on one machine do not see one another's processes, and on the host's network
 * they have one host name; so a pid says nothing. A socket in the directory answers as long as its process lives, however busy it is.
 */
const SOCKET = 'lock.sock';

/** Longer paths do not fit a socket's address on every system. */
const LONGEST_PATH = 100;

/** Tells whether a process listens in a data directory. False where none does, and where sockets cannot be had. */
export async function isListenedIn(dataDir: string): Promise<boolean> {
  const path = toPath(dataDir);
  if (path === undefined) return false;
  return await new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    // Only a listener can have more callers than it takes.
    socket.on('error', (error) => resolve('code' in error && error.code === 'EAGAIN'));
  });
}

/** Listens in a data directory that this process holds, where sockets can be had. Gives what ends it. */
export async function listenIn(dataDir: string): Promise<() => Promise<void>> {
  const path = toPath(dataDir);
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

function toPath(dataDir: string): string | undefined {
  const path = join(dataDir, SOCKET);
  return Buffer.byteLength(path) <= LONGEST_PATH ? path : undefined;
}
