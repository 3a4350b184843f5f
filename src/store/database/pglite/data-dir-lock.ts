import { existsSync, linkSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Misconfiguration } from '../../../domain/misconfiguration.ts';

/** Who holds a data directory. `startedAt` tells the process from a later one with the same pid. */
interface Holder {
  pid: number;
  host: string;
  /** The kernel's start time of the process, in clock ticks; '' where the system does not tell. */
  startedAt: string;
}

const LOCK_FILE = 'lock.json';

/**
 * Takes the data directory for this process; two processes on one embedded database would silently lose rows. Throws a
 * Misconfiguration that names the holder. The lock of a process that is gone (a zombie and a reused pid included) is taken
 * over, unless `isHeld`, as by a process that cannot be seen from here. Gives the release.
 */
export function lockDataDir(dataDir: string, isHeld: boolean): () => void {
  const path = join(dataDir, LOCK_FILE);
  const own: Holder = { pid: process.pid, host: hostname(), startedAt: toStartTime(process.pid) ?? '' };
  const draft = join(dataDir, `${LOCK_FILE}.${process.pid}`);
  writeFileSync(draft, JSON.stringify(own));
  try {
    // A link, unlike a write, appears whole and fails if the name exists.
    while (!tryLink(draft, path)) removeIfStale(dataDir, path, isHeld);
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

function removeIfStale(dataDir: string, path: string, isHeld: boolean): void {
  const holder = readHolder(path);
  if (holder === undefined) return;
  if (isHeld || isRunning(holder)) throw heldBy(dataDir, holder);
  // Another process may be doing the same: only one rename succeeds, and it must have moved the lock that was judged.
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
    throw heldBy(dataDir, moved);
  }
  rmSync(aside, { force: true });
}

function heldBy(dataDir: string, { pid, host }: Holder): Misconfiguration {
  const where = host === hostname() ? `process ${pid}` : `process ${pid} on host ${host}`;
  return new Misconfiguration([
    `DATA_DIR: ${dataDir} is in use by ${where}; an embedded database has one process at a time.` +
      (host === hostname() ? '' : ` If that host is gone, delete ${join(dataDir, LOCK_FILE)}.`),
  ]);
}

function readHolder(path: string): Holder | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const { pid, host, startedAt } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    return { pid: Number(pid), host: String(host), startedAt: String(startedAt ?? '') };
  } catch {
    return { pid: 0, host: hostname(), startedAt: '' };
  }
}

/** A holder on another host cannot be looked at, so it counts as running. */
function isRunning({ pid, host, startedAt }: Holder): boolean {
  if (host !== hostname()) return true;
  if (!Number.isInteger(pid) || pid <= 0) return false;
  const now = toStartTime(pid);
  if (now !== undefined) return now !== '' && (startedAt === '' || now === startedAt);
  return answersSignal(pid);
}

/** Start time from /proc; '' for a zombie or a process that is gone, undefined where there is no /proc. */
function toStartTime(pid: number): string | undefined {
  if (!existsSync('/proc/self/stat')) return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name, in parentheses, may hold spaces; state is the first field after it, the start time the 20th.
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
