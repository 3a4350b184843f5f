import { mkdirSync } from 'node:fs';
import { Misconfiguration } from '../domain/misconfiguration.ts';
import { type LockedDirectory, lockDirectory } from './directory-lock.ts';
import { isLockSocketOpen, openLockSocket } from './directory-socket.ts';

/**
 * Creates a directory if it does not exist, and locks it. Returns
 * the function that unlocks it. Throws a Misconfiguration if another process holds the directory
 * or if it cannot be used.
 */
export async function holdDirectory(directory: LockedDirectory): Promise<() => Promise<void>> {
  const { path, setting } = directory;
  try {
    mkdirSync(path, { recursive: true });
    const unlock = lockDirectory(directory, await isLockSocketOpen(path));
    const closeSocket = await openLockSocket(path);
    return async () => {
      await closeSocket();
      unlock();
    };
  } catch (failure) {
    if (failure instanceof Misconfiguration) throw failure;
    const reason = failure instanceof Error ? failure.message : String(failure);
    throw new Misconfiguration([`${setting}: ${path} cannot be used: ${reason}`], failure);
  }
}
