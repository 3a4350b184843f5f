import { existsSync, linkSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Misconfiguration } from '../domain/misconfiguration.ts';

/** A directory that one process may use at a time. */
export interface LockedDirectory {
  path: string;
  /** The setting that names the directory. */
  setting: string;
  /** Completes the message to a second process, such as "a spool has one relay at a time". */
  rule: string;
}

/** The process that has locked a directory. */
interface LockHolder {
  pid: number;
  host: string;
  /**
   * The kernel's start time of the process in clock ticks, which distinguishes it from a later
   * process with the same pid; '' if unknown.
   */
  startedAt: string;
}

const LOCK_FILE = 'lock.json';

/**
 * Locks a directory for this process, and returns the function that unlocks it. Throws a
 * Misconfiguration that names the holder.
 *
 * The lock of a process that has ended is replaced, also if the process is a zombie or its pid
 * is reused. `isHeld` states that the holder runs, although it may not be visible from this
 * container.
 */
export function lockDirectory(directory: LockedDirectory, isHeld: boolean): () => void {
  const path = join(directory.path, LOCK_FILE);
  const own: LockHolder = { pid: process.pid, host: hostname(), startedAt: toStartTime(process.pid) ?? '' };
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify(own));
  try {
    // Unlike a write, a link appears complete and fails if the name exists.
    while (!tryLink(draft, path)) removeIfStale(directory, path, isHeld);
  } finally {
    unlinkSync(draft);
  }
  return () => rmSync(path, { force: true });
}

function tryLink(draft: string, path: string): boolean {
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function removeIfStale(directory: LockedDirectory, path: string, isHeld: boolean): void {
  const holder = readHolder(path);
  if (holder === undefined) return;
  if (isHeld || isRunning(holder)) throw toHeldError(directory, holder);
  // Only one process renames, and what it moved must be the lock that was checked.
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const moved = readHolder(aside);
  if (moved !== undefined && isRunning(moved)) {
    tryLink(aside, path);
    unlinkSync(aside);
    throw toHeldError(directory, moved);
  }
  rmSync(aside, { force: true });
}

function toHeldError({ path, setting, rule }: LockedDirectory, { pid, host }: LockHolder): Misconfiguration {
  const where = host === hostname() ? `process ${pid}` : `process ${pid} on host ${host}`;
  return new Misconfiguration([
    `${setting}: ${path} is in use by ${where}; ${rule}.` +
      (host === hostname() ? '' : ` If that host is gone, delete ${join(path, LOCK_FILE)}.`),
  ]);
}

function readHolder(path: string): LockHolder | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const { pid, host, startedAt } = JSON.parse(readFileSync(path, 'utf8')) as Partial<LockHolder>;
    return { pid: Number(pid), host: String(host), startedAt: String(startedAt ?? '') };
  } catch {
    return { pid: 0, host: hostname(), startedAt: '' };
  }
}

/** Returns whether a holder runs; a holder on another host counts as running. */
function isRunning({ pid, host, startedAt }: LockHolder): boolean {
  if (host !== hostname()) return true;
  if (!Number.isInteger(pid) || pid <= 0) return false;
  const now = toStartTime(pid);
  if (now !== undefined) return now !== '' && (startedAt === '' || now === startedAt);
  return answersSignal(pid);
}

/** Returns the start time; '' for a zombie or an ended process, undefined without /proc. */
function toStartTime(pid: number): string | undefined {
  if (!existsSync('/proc/self/stat')) return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name may contain `)`. After it, state is field 1, and start time field 20.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? '' : (fields[19] ?? '');
  } catch {
    return '';
  }
}

function answersSignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
