import { readCpuMs, readFamilyCpuMs } from './process-stats.ts';

/** Something to measure: what it does once, and the process that does it. */
export interface Subject {
  name: string;
  /**
   * The process whose CPU time counts beside the database's; undefined where that is only the
   * database's.
   */
  pid: number | undefined;
  run(): Promise<unknown>;
}

/** CPU per operation in milliseconds, and operations per second. */
export interface Figures {
  name: string;
  server: number;
  database: number;
  /** Server and database together. */
  total: number;
  perSecond: number;
}

export interface Dose {
  /**
   * Each subject is measured so many times, in turns, so that what else the machine does meets all
   * of them.
   */
  rounds: number;
  /** Milliseconds of one turn. */
  turnMs: number;
  /** Operations in progress at once. */
  atOnce: number;
}

/**
 * Measures subjects in turns on one PostgreSQL; gives the median round of each. The first turn of
 * each warms up and does not count.
 */
export async function measure(
  postmaster: number,
  subjects: readonly Subject[],
  { rounds, turnMs, atOnce }: Dose,
): Promise<Figures[]> {
  const seen = new Map(subjects.map((subject) => [subject.name, [] as Figures[]]));
  for (let round = 0; round <= rounds; round++) {
    for (const subject of subjects) {
      const figures = await takeTurn(postmaster, subject, turnMs, atOnce);
      if (round > 0) seen.get(subject.name)?.push(figures);
    }
  }
  return [...seen.values()].map(toMedian);
}

async function takeTurn(
  postmaster: number,
  { name, pid, run }: Subject,
  turnMs: number,
  atOnce: number,
): Promise<Figures> {
  const read = () => ({
    server: pid === undefined ? 0 : readCpuMs(pid),
    database: readFamilyCpuMs(postmaster),
    at: performance.now(),
  });
  const before = read();
  let operations = 0;
  const work = async () => {
    while (performance.now() - before.at < turnMs) {
      await run();
      operations += 1;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const after = read();
  const server = (after.server - before.server) / operations;
  const database = (after.database - before.database) / operations;
  return {
    name,
    server,
    database,
    total: server + database,
    perSecond: (operations * 1_000) / (after.at - before.at),
  };
}

/** The round in the middle by its total. */
function toMedian(rounds: Figures[]): Figures {
  const sorted = rounds.sort((a, b) => a.total - b.total);
  const median = sorted[Math.floor(sorted.length / 2)];
  if (median === undefined) throw new Error('Nothing was measured.');
  return median;
}
