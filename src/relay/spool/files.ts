import * as fs from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * The operations on files that the spool uses. Tests replace them with operations that fail or
 * stop at any step, on real files.
 */
export type Files = Pick<typeof fs, 'open' | 'readdir' | 'rename' | 'rm' | 'stat'>;

export const FILES: Files = fs;

/** Payloads are readable for the user of the relay only. */
export const FILE_MODE = 0o600;

/** No right to read the directory, or a file system that is read-only or syncs no directory. */
const CANNOT_SYNC = ['EACCES', 'EPERM', 'EROFS', 'EINVAL', 'ENOTSUP'];

/** Writes all bytes at a position. A single write may write fewer bytes than it is given. */
export async function writeAll(file: fs.FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Reads up to `length` bytes at a position; fewer if the file ends before. */
export async function readUpTo(
  files: Files,
  path: string,
  position: number,
  length: number,
): Promise<Buffer> {
  const file = await files.open(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await file.read(bytes, done, length - done, position + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes.subarray(0, done);
  } finally {
    await file.close();
  }
}

/** Replaces a file in one step: a reader sees the old content or the new one, after a crash too. */
export async function replaceFile(files: Files, path: string, bytes: Buffer): Promise<void> {
  const draft = `${path}.draft`;
  const file = await files.open(draft, 'w', FILE_MODE);
  try {
    await writeAll(file, bytes, 0);
    await file.datasync();
  } finally {
    await file.close();
  }
  await files.rename(draft, path);
  await syncDirectory(files, dirname(path));
}

/** Makes new and renamed entries of a directory survive a power cut. */
export async function syncDirectory(files: Files, directory: string): Promise<void> {
  const handle = await files.open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Makes a directory survive a power cut with all parents that were created for it. Parents that
 * this user cannot sync, such as those of a read-only disk, existed before.
 */
export async function syncParents(files: Files, directory: string): Promise<void> {
  let path = await fs.realpath(directory);
  for (let parent = dirname(path); parent !== path; parent = dirname(path)) {
    await syncDirectory(files, parent).catch((failure: NodeJS.ErrnoException) => {
      if (!CANNOT_SYNC.includes(failure.code ?? '')) throw failure;
    });
    path = parent;
  }
}

/** Returns whether a directory takes a new file with content. */
export async function tryWrite(files: Files, directory: string): Promise<boolean> {
  const path = join(directory, 'probe');
  try {
    const file = await files.open(path, 'w', FILE_MODE);
    try {
      await writeAll(file, Buffer.alloc(4_096), 0);
      await file.datasync();
    } finally {
      await file.close();
    }
    return true;
  } catch {
    return false;
  } finally {
    await files.rm(path, { force: true }).catch(() => undefined);
  }
}
