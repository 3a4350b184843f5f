import { type Contender, startBefore, startOneByOne, startService } from '../contender.ts';
import { readCpuMs, readFamilyCpuMs } from '../process-stats.ts';
import type { BenchPostgres } from '../start-postgres.ts';
import { printTable, toText } from '../table.ts';
import { WorkerProcess } from '../worker-process.ts';
import type { BareWriting, BareWritten } from './bare-sql.ts';
import { BenchDatabase } from './bench-database.ts';
import type { Called, Calls } from './callers.ts';

/** Or those that are wished: `BENCH_BATCHES=100`. */
const BATCHES = (process.env.BENCH_BATCHES ?? '1,10,100,1000').split(',').map(Number);
const CALLERS = [1, 8, 64];
const TENANTS = [1, 20];
const CONNECTIONS = [1, 4];
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? '3');
/** How long each figure is measured. */
const TURN_MS = 3_000;
/** Events that the bare program has to write: as many as it can write in one turn. */
const SOURCE_EVENTS = 60_000;

interface Figure {
  name: string;
  eventsPerSecond: number;
  /**
   * Microseconds of CPU per event: of the program that writes (service or bare), and of the
   * database.
   */
  writer: number;
  database: number;
  /** Response times in milliseconds; of the service alone. */
  times: string;
}

/**
 * Ingest over HTTP, run events with three blocks each, against a bare SQL program that writes the
 * same rows in the same batches on the same PostgreSQL.
 */
export async function benchIngest({ url, pid: postmaster }: BenchPostgres): Promise<void> {
  const database = await BenchDatabase.open(url);
  const callers = await WorkerProcess.start(new URL('./callers.ts', import.meta.url));
  const bare = await WorkerProcess.start(new URL('./bare-sql.ts', import.meta.url));
  const service = await startService('service', database.serviceUrl);
  const oneByOne = await startOneByOne('service without groups', database.serviceUrl);
  const before = await startBefore(database.beforeUrl);
  const stage = { database, callers, bare, service, before, oneByOne, postmaster };
  try {
    for (const count of TENANTS) await database.fillSource(toTenants(count), SOURCE_EVENTS);
    // The first seconds of a process are slow: nothing is compiled yet.
    for (const warmed of [service, oneByOne, ...(before ? [before] : [])])
      await callService(stage, warmed, 100, 8, toTenants(1));
    for (const count of TENANTS) {
      for (const batch of BATCHES) printFigures(batch, count, await measureBatches(stage, batch, count));
    }
  } finally {
    await Promise.all([service.stop(), oneByOne.stop(), before?.stop()]);
    await Promise.all([callers.stop(), bare.stop()]);
    await database.close();
  }
}

interface Stage {
  database: BenchDatabase;
  callers: WorkerProcess;
  bare: WorkerProcess;
  service: Contender;
  /** Another build of the service, if one is named. */
  before: Contender | undefined;
  /** The same, without group commit. */
  oneByOne: Contender;
  postmaster: number;
}

function toTenants(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `bench-${count}-${index}`);
}

/** Measures all writers in turns, and gives of each the round in the middle by its speed. */
async function measureBatches(stage: Stage, batch: number, tenants: number): Promise<Figure[]> {
  const { service, before, oneByOne } = stage;
  const turns = [
    ...CONNECTIONS.map((connections) => () => writeBare(stage, batch, connections, toTenants(tenants))),
    ...CALLERS.flatMap((callers) =>
      [service, before].flatMap((build) =>
        build ? [() => callService(stage, build, batch, callers, toTenants(tenants))] : [],
      ),
    ),
    ...(batch === 1
      ? [() => callService(stage, oneByOne, batch, Math.max(...CALLERS), toTenants(tenants))]
      : []),
  ];
  const rounds: Figure[][] = turns.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, turn] of turns.entries()) rounds[index]?.push(await turn());
  }
  return rounds.map((figures) => {
    const median = figures.sort((a, b) => a.eventsPerSecond - b.eventsPerSecond)[Math.floor(ROUNDS / 2)];
    if (median === undefined) throw new Error('Nothing was measured.');
    return median;
  });
}

async function callService(
  { database, callers, before, postmaster }: Stage,
  service: Contender,
  batch: number,
  concurrent: number,
  tenants: string[],
): Promise<Figure> {
  await database.empty(service === before ? 'before' : 'service');
  const { url } = service;
  const calls: Calls = {
    url,
    callers: concurrent,
    batch,
    tenants,
    ms: TURN_MS,
    maxEvents: Number.MAX_SAFE_INTEGER,
  };
  const name = `${service.name}, ${concurrent} caller${concurrent === 1 ? '' : 's'}`;
  return toFigure(name, service.pid, postmaster, async () => {
    const called = await callers.ask<Called>(calls);
    const refused = called.rateLimited === 0 ? '' : `, ${called.rateLimited} times RATE_LIMITED`;
    return { ...called, times: `${toText(called.p50)}, ${toText(called.p99)}${refused}` };
  });
}

async function writeBare(
  { database, bare, postmaster }: Stage,
  batch: number,
  connections: number,
  tenants: string[],
): Promise<Figure> {
  const { sourceUrl, bareUrl: targetUrl } = database;
  const writing: BareWriting = { sourceUrl, targetUrl, tenants, batch, connections, ms: TURN_MS };
  await database.empty('bare');
  await bare.ask<BareWritten>({ ...writing, ms: 0 });
  await database.empty('bare');
  const name = `bare, ${connections} connection${connections === 1 ? '' : 's'}`;
  return toFigure(name, bare.pid, postmaster, async () => ({
    ...(await bare.ask<BareWritten>(writing)),
    times: '',
  }));
}

async function toFigure(
  name: string,
  writerPid: number,
  postmaster: number,
  work: () => Promise<{ stored: number; ms: number; times: string }>,
): Promise<Figure> {
  const before = { writer: readCpuMs(writerPid), database: readFamilyCpuMs(postmaster) };
  const { stored, ms, times } = await work();
  const perEvent = (usedMs: number) => (usedMs * 1_000) / stored;
  return {
    name,
    eventsPerSecond: (stored * 1_000) / ms,
    writer: perEvent(readCpuMs(writerPid) - before.writer),
    database: perEvent(readFamilyCpuMs(postmaster) - before.database),
    times,
  };
}

/**
 * Speeds as ratios to the faster bare program, to which the goals refer; CPU to the thriftier one.
 */
function printFigures(batch: number, tenants: number, figures: Figure[]): void {
  const bare = figures.filter(({ name }) => name.startsWith('bare'));
  const speed = Math.max(...bare.map(({ eventsPerSecond }) => eventsPerSecond));
  const cost = Math.min(...bare.map(({ writer, database }) => writer + database));
  printTable(
    `Ingest in batches of ${batch} for ${tenants} tenant${tenants === 1 ? '' : 's'}`,
    ['what', 'events/s', 'to bare', 'CPU per event, µs: writer + database', 'to bare', 'p50, p99 ms'],
    figures.map(({ name, eventsPerSecond, writer, database, times }) => [
      name,
      eventsPerSecond.toFixed(0),
      (eventsPerSecond / speed).toFixed(2),
      `${writer.toFixed(0)} + ${database.toFixed(0)}`,
      ((writer + database) / cost).toFixed(2),
      times,
    ]),
  );
}
