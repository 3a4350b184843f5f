import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { openDatabase } from '../../../src/store/database/open-database.ts';
import { fillTenant } from '../fill-tenant.ts';
import { generateEvents, type TenantPlan } from '../generate-events.ts';
import type { BenchPostgres } from '../start-postgres.ts';
import { printTable } from '../table.ts';
import { BenchDatabase } from './bench-database.ts';

/** A year of a tenant: mostly runs, with 3 blocks each. */
const RUNS = Number(process.env.BENCH_EVENTS ?? 50_000);
const PLAN: TenantPlan = {
  ...{ tenantId: 'disk', seed: 7, runs: RUNS, blocksPerRun: 3, automations: 200, connectors: 20 },
  ...{ apps: 100, reloads: RUNS / 10, days: 365, until: Date.UTC(2026, 10, 1) },
};
const EVENTS = PLAN.apps + PLAN.runs + PLAN.reloads;
const TABLES = ['events', 'automation_runs', 'blocks', 'app_reloads'] as const;

/** The bytes that an event takes: as JSON, in each table with its indexes, and in the WAL. */
export async function benchDisk({ url }: BenchPostgres): Promise<void> {
  let json = 0;
  for (const event of generateEvents(PLAN)) json += Buffer.byteLength(JSON.stringify(event));
  const rows = [['the event as JSON', toPerEvent(json)]];
  rows.push(...(await measurePostgres(url)), ...(await measurePglite()));
  printTable(`Bytes per event, of ${EVENTS} events`, ['what', 'bytes per event'], rows);
}

async function measurePostgres(url: string): Promise<string[][]> {
  const database = await BenchDatabase.open(url);
  const sql = postgres(database.serviceUrl, { max: 1, fetch_types: false });
  try {
    const [{ start } = { start: '' }] = await sql`select pg_current_wal_lsn()::text as start`;
    await using service = await openDatabase({ databaseUrl: database.serviceUrl, dataDir: '' });
    await fillTenant(service, PLAN);
    const [{ wal } = { wal: 0 }] = await sql`select pg_wal_lsn_diff(pg_current_wal_lsn(), ${start}) as wal`;
    const ofTable = async (table: string) => {
      const [{ all, indexes } = { all: 0, indexes: 0 }] = await sql`
        select pg_total_relation_size(${table}::regclass) as all, pg_indexes_size(${table}::regclass) as indexes`;
      return [
        `PostgreSQL, ${table}`,
        `${toPerEvent(Number(all))}, of which indexes ${toPerEvent(Number(indexes))}`,
      ];
    };
    const tables = [];
    for (const table of TABLES) tables.push(await ofTable(table));
    const [{ total } = { total: 0 }] = await sql`select pg_database_size(current_database()) as total`;
    return [
      ...tables,
      ['PostgreSQL, the whole database', toPerEvent(Number(total))],
      ['PostgreSQL, WAL', toPerEvent(Number(wal))],
    ];
  } finally {
    await sql.end();
    await database.close();
  }
}

async function measurePglite(): Promise<string[][]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'qlik-event-graph-disk-'));
  try {
    const sizeOf = (folder: string) =>
      Number(execFileSync('du', ['-sb', folder], { encoding: 'utf8' }).split('\t')[0]);
    const find = () => execFileSync('find', [dataDir, '-name', 'pg_wal'], { encoding: 'utf8' }).trim();
    const walNow = () => sizeOf(find());
    const sizeNow = () => sizeOf(dataDir) - walNow();
    await using database = await openDatabase({ databaseUrl: undefined, dataDir });
    const empty = sizeNow();
    await fillTenant(database, PLAN);
    return [
      [
        `PGlite, DATA_DIR without pg_wal (${Math.round(empty / 1e6)} MB without events)`,
        toPerEvent(sizeNow() - empty),
      ],
      ['PGlite, pg_wal in all, MB', (walNow() / 1e6).toFixed(0)],
    ];
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

function toPerEvent(bytes: number): string {
  return (bytes / EVENTS).toFixed(0);
}
