import { sql } from 'drizzle-orm';
import { type Queries, run, runFixed } from '../database/database.ts';
import { SHADOW } from './open-session.ts';
import { inSchema } from './projections.ts';

/** How far each tenant's log has been folded; beside the shadows, so that it comes and goes with them. */
const PROGRESS = inSchema(SHADOW, 'rebuild_progress');

/** A tenant's log, and how far it has been folded. */
export interface TenantProgress {
  tenantId: string;
  /** The newest position folded. */
  position: number;
  /** Pruned events up to this position are seeded. */
  seededThrough: number;
  /** The head of the log when it was looked at. */
  head: number;
}

/** What a batch adds to a tenant's progress. */
export interface Step {
  from: number;
  to: number;
  /** Events whose columns were not as this version reads them. */
  reread: number;
  /** Events that this version refuses. */
  refused: number;
}

export async function makeProgressTable(transaction: Queries): Promise<void> {
  await run(
    transaction,
    sql`create table ${PROGRESS} (tenant_id text collate "C" primary key, position bigint not null default 0,
      seeded_through bigint not null default 0, reread bigint not null default 0, refused bigint not null default 0)`,
  );
}

/** The heads of all logs, as `queries` sees them. */
export async function listHeads(queries: Queries): Promise<Map<string, number>> {
  const rows = await run(queries, sql`select tenant_id, head from tenants order by tenant_id`);
  return new Map(rows.map(({ tenant_id, head }) => [String(tenant_id), Number(head)]));
}

/** How far each of these logs has been folded. */
export async function listProgress(
  transaction: Queries,
  heads: ReadonlyMap<string, number>,
): Promise<TenantProgress[]> {
  await run(
    transaction,
    sql`insert into ${PROGRESS} (tenant_id) select tenant_id from tenants on conflict do nothing`,
  );
  const rows = await run(transaction, sql`select tenant_id, position, seeded_through from ${PROGRESS}`);
  const known = new Map(rows.map((row) => [String(row.tenant_id), row]));
  return [...heads].map(([tenantId, head]) => ({
    tenantId,
    head,
    position: Number(known.get(tenantId)?.position ?? 0),
    seededThrough: Number(known.get(tenantId)?.seeded_through ?? 0),
  }));
}

/**
 * Moves a tenant's progress; the first statement of the transaction that folds the batch, as it locks the row. Throws if the
 * progress is not where this process left it, which only a second rebuild can have done.
 */
export async function claimStep(transaction: Queries, tenantId: string, step: Step): Promise<void> {
  const rows = await runFixed(
    transaction,
    sql`update ${PROGRESS} set position = ${step.to}, reread = reread + ${step.reread}, refused = refused + ${step.refused}
        where tenant_id = ${tenantId} and position = ${step.from} returning position`,
  );
  if (rows.length === 0) throw new Error('Another rebuild has gone on with these tables.');
}

/** Notes up to where a tenant's pruned events are seeded. */
export async function recordSeeded(transaction: Queries, tenantId: string, through: number): Promise<void> {
  await run(
    transaction,
    sql`update ${PROGRESS} set seeded_through = ${through} where tenant_id = ${tenantId}`,
  );
}

/** What was found in the logs on the way, by this process and by those whose work it goes on with. */
export interface Findings {
  /** Events whose columns were not as this version reads them; they are now. */
  reread: number;
  /** Events that this version refuses, so that they tell nothing. */
  refused: number;
  /** Events that are pruned, so that what they told is taken over and cannot be verified. */
  pruned: number;
}

export async function sumFindings(queries: Queries): Promise<Findings> {
  const [row] = await run(
    queries,
    sql`select coalesce(sum(reread), 0) as reread, coalesce(sum(refused), 0) as refused,
          coalesce(sum(seeded_through), 0) as pruned from ${PROGRESS}`,
  );
  return { reread: Number(row?.reread), refused: Number(row?.refused), pruned: Number(row?.pruned) };
}
