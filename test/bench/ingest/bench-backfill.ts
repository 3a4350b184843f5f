import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startService } from '../contender.ts';
import { readCpuMs, readFamilyCpuMs, readResidentMb } from '../process-stats.ts';
import type { BenchPostgres } from '../start-postgres.ts';
import { printTable } from '../table.ts';
import { WorkerProcess } from '../worker-process.ts';
import { BenchDatabase } from './bench-database.ts';
import type { Called, Calls } from './callers.ts';

const REBUILD = fileURLToPath(new URL('../../../dist/commands/rebuild.js', import.meta.url));
/** Events that pass through the server: BENCH_EVENTS, or a million. */
const EVENTS = Number(process.env.BENCH_EVENTS ?? 1_000_000);
const PARTS = 10;
const CALLERS = 8;
const BATCH = 100;
const LOOK_MS = 200;

/**
 * Very many events through one server: its memory, which must not grow with them; then a rebuild of
 * all that is read from them, beside the ingest that stored them.
 */
export async function benchBackfill({ url, pid: postmaster }: BenchPostgres): Promise<void> {
  const database = await BenchDatabase.open(url);
  const callers = await WorkerProcess.start(new URL('./callers.ts', import.meta.url));
  try {
    const ingest = await measureIngest(database, callers, postmaster);
    const rebuild = await measureRebuild(database, postmaster);
    printTable(
      `Ingest and rebuild of ${EVENTS} events`,
      ['what', 'events/s', 'to ingest', 'CPU per event, µs: program + database', 'to ingest'],
      [
        ['ingest, batches of 100, 8 callers', ingest, ingest],
        ['rebuild', rebuild, ingest],
      ].map((row) => toRow(...(row as [string, Rate, Rate]))),
    );
  } finally {
    await callers.stop();
    await database.close();
  }
}

interface Rate {
  eventsPerSecond: number;
  /** Microseconds of CPU per event. */
  program: number;
  database: number;
}

function toRow(name: string, rate: Rate, base: Rate): string[] {
  return [
    name,
    rate.eventsPerSecond.toFixed(0),
    (rate.eventsPerSecond / base.eventsPerSecond).toFixed(2),
    `${rate.program.toFixed(0)} + ${rate.database.toFixed(0)}`,
    ((rate.program + rate.database) / (base.program + base.database)).toFixed(2),
  ];
}

async function measureIngest(
  database: BenchDatabase,
  callers: WorkerProcess,
  postmaster: number,
): Promise<Rate> {
  const service = await startService('service', database.serviceUrl);
  const before = {
    program: readCpuMs(service.pid),
    database: readFamilyCpuMs(postmaster),
    at: performance.now(),
  };
  const calls: Omit<Calls, 'maxEvents'> = {
    url: service.url,
    callers: CALLERS,
    batch: BATCH,
    tenants: ['backfill'],
    ms: Number.MAX_SAFE_INTEGER,
  };
  const rows: string[][] = [];
  let stored = 0;
  for (let part = 1; part <= PARTS; part += 1) {
    let peak = 0;
    const look = setInterval(() => {
      peak = Math.max(peak, readResidentMb(service.pid));
    }, LOOK_MS);
    const called = await callers.ask<Called>({ ...calls, maxEvents: EVENTS / PARTS });
    clearInterval(look);
    stored += called.stored;
    rows.push([String(stored), ((called.stored * 1_000) / called.ms).toFixed(0), peak.toFixed(0)]);
  }
  const seconds = (performance.now() - before.at) / 1_000;
  const program = readCpuMs(service.pid) - before.program;
  await service.stop();
  printTable('Memory of the server while events pass', ['events', 'events/s', 'most memory, MB'], rows);
  return {
    eventsPerSecond: stored / seconds,
    program: (program * 1_000) / stored,
    database: ((readFamilyCpuMs(postmaster) - before.database) * 1_000) / stored,
  };
}

async function measureRebuild(database: BenchDatabase, postmaster: number): Promise<Rate> {
  const before = { database: readFamilyCpuMs(postmaster), at: performance.now() };
  const child = spawn(process.execPath, [REBUILD], {
    env: { ...process.env, DATABASE_URL: database.serviceUrl },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let program = 0;
  const look = setInterval(() => {
    if (child.exitCode === null) program = readCpuMs(child.pid ?? 0);
  }, LOOK_MS);
  const [status] = await once(child, 'exit');
  clearInterval(look);
  if (status !== 0) throw new Error(`The rebuild ended with ${status}.`);
  const seconds = (performance.now() - before.at) / 1_000;
  return {
    eventsPerSecond: EVENTS / seconds,
    program: (program * 1_000) / EVENTS,
    database: ((readFamilyCpuMs(postmaster) - before.database) * 1_000) / EVENTS,
  };
}
