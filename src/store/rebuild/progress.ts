import { sql } from 'drizzle-orm';
import type { Queries } from '../database/database.ts';
import { run, runFixed } from '../database/statements.ts';
import { SHADOW } from './open-session.ts';
import { inSchema } from './projections.ts';

/** The progress of each tenant, in the schema of the shadow tables. */
const PROGRESS = inSchema(SHADOW, 'rebuild_progress');

/** A tenant's log and how far it has been folded. */
export interface TenantProgress {
  tenantId: string;
  /** The newest folded position. */
  position: number;
  /** Facts of pruned events up to this position are in the shadow tables. */
  seededThrough: number;
  /** The head of the log when it was read. */
  head: number;
}

/** What a batch adds to a tenant's progress. */
export interface Step {
  from: number;
  to: number;
  /** Events whose columns this version reads differently. */
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

/** Reads the heads of all logs, as `queries` sees them. */
export async function listHeads(queries: Queries): Promise<Map<string, number>> {
  const rows = await run(queries, sql`select tenant_id, head from tenants order by tenant_id`);
  return new Map(rows.map(({ tenant_id, head }) => [String(tenant_id), Number(head)]));
}

/** Reads how far each of these logs has been folded. */
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
 * Advances a tenant's progress. It is the first statement of the transaction that folds the
 * batch, because it locks the row. Throws if the progress is not where this process left it,
 * which means that a second rebuild is running.
 */
export async function claimStep(transaction: Queries, tenantId: string, step: Step): Promise<void> {
  const rows = await runFixed(
    transaction,
    sql`update ${PROGRESS} set position = ${step.to}, reread = reread + ${step.reread}, refused = refused + ${step.refused}
        where tenant_id = ${tenantId} and position = ${step.from} returning position`,
  );
  if (rows.length === 0) throw new Error('Another rebuild has continued with these tables.');
}

/** Stores the position up to which facts of pruned events are in the shadow tables. */
export async function recordSeeded(transaction: Queries, tenantId: string, through: number): Promise<void> {
  await run(
    transaction,
    sql`update ${PROGRESS} set seeded_through = ${through} where tenant_id = ${tenantId}`,
  );
}

/** Findings about the logs, of this process and the interrupted rebuilds before it. */
export interface Findings {
  /** Events whose columns this version reads differently; the columns are rewritten. */
  reread: number;
  /** Events that this version refuses. The projections contain nothing from them. */
  refused: number;
  /** Pruned events. Their facts are carried over and cannot be verified. */
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
