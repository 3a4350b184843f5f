import postgres from 'postgres';
import { answerTasks } from '../answer-tasks.ts';

/**
 * What the bare program is to write: rows that a service has written to the source, once more, into
 * the target.
 */
export interface BareWriting {
  sourceUrl: string;
  targetUrl: string;
  tenants: string[];
  /** Events of a batch; those of each tenant in it are one transaction. */
  batch: number;
  connections: number;
  ms: number;
}

export interface BareWritten {
  stored: number;
  ms: number;
}

type Row = Record<string, string | null>;
type Table = 'events' | 'automation_runs' | 'blocks' | 'automations';

/** What one event has become. */
interface Written {
  event: Row;
  runs: Row[];
  blocks: Row[];
  automations: Row[];
}

const columnsOf = new Map<Table, { name: string; type: string }[]>();
let last: postgres.Sql | undefined;
const sources = new Map<string, Map<string, Written[]>>();

/**
 * Writes batch after batch as fast as it can: known rows, prepared statements, no checks, no
 * merges.
 */
async function write(task: BareWriting): Promise<BareWritten> {
  const source = sources.get(task.sourceUrl) ?? (await readSource(task.sourceUrl));
  sources.set(task.sourceUrl, source);
  // A connection stays open until the next task, because the CPU time of one that has just ended is
  // counted nowhere.
  await last?.end();
  const sql = connect(task.targetUrl, task.connections);
  last = sql;
  for (const tenantId of task.tenants)
    await sql`insert into tenants (tenant_id, head) values (${tenantId}, 0)`;
  const texts = toStatements();
  const rest = new Map(task.tenants.map((tenantId) => [tenantId, [...(source.get(tenantId) ?? [])]]));
  await Promise.all(Array.from({ length: task.connections }, () => sql`select 1`));

  const startedAt = performance.now();
  let stored = 0;
  const writer = async () => {
    while (performance.now() - startedAt < task.ms) {
      const share = Math.ceil(task.batch / task.tenants.length);
      const tenants = task.tenants.slice(0, Math.ceil(task.batch / share));
      const parts = tenants.map(
        (tenantId) => [tenantId, rest.get(tenantId)?.splice(0, share) ?? []] as const,
      );
      if (parts.some(([, part]) => part.length < share)) return;
      // Round robin, so that small batches go to all tenants.
      task.tenants.push(...task.tenants.splice(0, tenants.length));
      await Promise.all(parts.map(([tenantId, part]) => writePart(sql, texts, tenantId, part)));
      stored += share * tenants.length;
    }
  };
  const writers = task.tenants.length === 1 ? task.connections : 1;
  await Promise.all(Array.from({ length: writers }, writer));
  const ms = performance.now() - startedAt;
  return { stored, ms };
}

async function writePart(
  sql: postgres.Sql,
  texts: Record<Table | 'head', string>,
  tenantId: string,
  part: readonly Written[],
): Promise<void> {
  await sql.begin(async (transaction) => {
    const run = (text: string, parameters: (string | number)[]) =>
      transaction.unsafe(text, parameters, { prepare: true });
    const [row] = await run(texts.head, [tenantId, part.length]);
    const first = Number(row?.head) - part.length + 1;
    const automations = new Map(
      part.flatMap((written) => written.automations.map((each) => [each.automation_id, each])),
    );
    const events = part.map(({ event }, index) => ({ ...event, position: String(first + index) }));
    const insert = (table: Table, rows: Row[]) =>
      run(
        texts[table],
        (columnsOf.get(table) ?? []).map(({ name }) => toArray(rows.map((each) => each[name] ?? null))),
      );
    await Promise.all([
      insert('events', events),
      insert(
        'automation_runs',
        part.flatMap(({ runs }) => runs),
      ),
      insert(
        'blocks',
        part.flatMap(({ blocks }) => blocks),
      ),
      insert('automations', [...automations.values()]),
    ]);
  });
}

function toStatements(): Record<Table | 'head', string> {
  return {
    head: 'update tenants set head = head + $2 where tenant_id = $1 returning head',
    events: toInsert('events'),
    automation_runs: toInsert('automation_runs'),
    blocks: toInsert('blocks'),
    automations: `${toInsert('automations')} on conflict (tenant_id, automation_id) do update set name = excluded.name,
      name_key = excluded.name_key, last_run_at = excluded.last_run_at, last_event_at = excluded.last_event_at,
      origins = excluded.origins`,
  };
}

function toInsert(table: Table): string {
  const columns = columnsOf.get(table) ?? [];
  const names = columns.map(({ name }) => name).join();
  const arrays = columns.map(({ type }, index) => `$${index + 1}::${type}[]`).join();
  return `insert into ${table} (${names}) select ${names} from unnest(${arrays}) as r(${names})`;
}

/**
 * An array as PostgreSQL reads it; the made-up texts have no control characters, so they are quoted
 * as in JSON.
 */
function toArray(values: (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : JSON.stringify(value))).join()}}`;
}

async function readSource(url: string): Promise<Map<string, Written[]>> {
  const sql = connect(url, 1);
  const read = async (table: Table, order: string): Promise<Row[]> => {
    const columns = await sql<{ name: string; type: string }[]>`
      select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
      where attrelid = ${table}::regclass and attnum > 0 and not attisdropped order by attnum`;
    columnsOf.set(table, [...columns]);
    const names = columns.map(({ name }) => `${name}::text`).join();
    return (await sql.unsafe(`select ${names} from ${table} order by ${order}`)) as unknown as Row[];
  };
  const runs = groupBy(await read('automation_runs', 'run_id'), 'run_id');
  const blocks = groupBy(await read('blocks', 'ordinal'), 'run_id');
  const automations = groupBy(await read('automations', 'automation_id'), 'automation_id');
  const events = await read('events', 'position');
  await sql.end();
  const written = new Map<string, Written[]>();
  for (const event of events) {
    const { tenant_id: tenantId } = event;
    const ofEvent = runs.get(`${tenantId} ${event.run_id}`) ?? [];
    const list = written.get(String(tenantId)) ?? [];
    written.set(String(tenantId), list);
    list.push({
      event,
      runs: ofEvent,
      blocks: blocks.get(`${tenantId} ${event.run_id}`) ?? [],
      automations: ofEvent.flatMap((run) => automations.get(`${tenantId} ${run.automation_id}`) ?? []),
    });
  }
  return written;
}

function groupBy(rows: Row[], column: string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = `${row.tenant_id} ${row[column]}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return groups;
}

function connect(url: string, max: number): postgres.Sql {
  return postgres(url, {
    max,
    fetch_types: false,
    onnotice: () => undefined,
    connection: { TimeZone: 'UTC' },
  });
}

process.on('disconnect', () => void last?.end());
answerTasks(write);
