import { readdirSync, readFileSync } from 'node:fs';

/**
 * Length of a clock tick of /proc in milliseconds: 100 per second on every Linux that Node runs on.
 */
const TICK_MS = 10;

/** CPU time, user and system, that a process has used so far, in milliseconds. Linux only. */
export function readCpuMs(pid: number): number {
  const { user, system } = readStat(pid);
  return (user + system) * TICK_MS;
}

/**
 * The same of a process and of its children, those that have ended included: a postmaster and its
 * backends.
 */
export function readFamilyCpuMs(pid: number): number {
  const { user, system, endedChildren } = readStat(pid);
  const children = listProcesses().filter((stat) => stat.parent === pid);
  const ticks = children.reduce((sum, child) => sum + child.user + child.system, user + system);
  return (ticks + endedChildren) * TICK_MS;
}

/** Memory of a process that is in RAM, in MB. Linux only. */
export function readResidentMb(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1] ?? 0) / 1024;
}

function listProcesses() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return [readStat(Number(name))];
      } catch {
        // It ended meanwhile.
        return [];
      }
    });
}

function readStat(pid: number) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, in brackets, may hold anything; the fields behind it are numbers, from the third one
  // on.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number) => Number(fields[number - 3]);
  return {
    parent: field(4),
    user: field(14),
    system: field(15),
    endedChildren: field(16) + field(17),
  };
}
