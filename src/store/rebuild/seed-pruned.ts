import { and, asc, eq, gt, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { RELOAD_TYPES } from '../../domain/events/event-types.ts';
import type { Merged, Stamp } from '../../domain/merge/merge.ts';
import { restrictApp, restrictMerged } from '../../domain/merge/restrict-merged.ts';
import { type Queries, run } from '../database/database.ts';
import { join, toTextArray } from '../database/recordset.ts';
import { fromAppRow } from '../tables/app-row.ts';
import { fromAutomationRow } from '../tables/automation-row.ts';
import { fromRunRow } from '../tables/automation-run-row.ts';
import { toEventKey } from '../tables/event-key.ts';
import { apps, automationRuns, automations } from '../tables/projection-tables.ts';
import { projectTold, type Told } from '../write/project-events.ts';
import { type RebuildSession, SHADOW } from './open-session.ts';
import { recordSeeded } from './progress.ts';
import { inSchema, PROJECTIONS } from './projections.ts';

const ROWS_AT_ONCE = 1_000;
const NOTHING: Told = { runs: new Map(), automations: new Map(), apps: new Map() };

/** Rows that hold merged values, as they are read and as they are told. */
interface Source<Row, Facts> {
  tenantId: PgColumn;
  id: PgColumn;
  read(where: SQL | undefined, order: SQL): PromiseLike<Row[]>;
  toId(row: Row): string;
  toMerged(row: Row): Merged<Facts>;
  restrict(merged: Merged<Facts>, isWanted: (stamp: Stamp) => boolean): Merged<Facts> | undefined;
  toTold(merged: ReadonlyMap<string, Merged<Facts>>): Told;
}

/**
 * Joins into the shadows what a tenant's pruned events told: their bodies are gone, but each value in the rows that are read now has the
 * event that it came from. Joining is idempotent, so it may be done again when more has been pruned. Gives the position up to which
 * pruned events are covered, at least `atLeast`.
 */
export async function seedPruned(
  session: RebuildSession,
  tenantId: string,
  atLeast: number,
): Promise<number> {
  const { queries } = session;
  const [row] = await run(queries, sql`select pruned_through from tenants where tenant_id = ${tenantId}`);
  const through = Math.max(Number(row?.pruned_through ?? 0), atLeast);
  // An automation looks up its runs, so they come first.
  await seedFrom(session, tenantId, {
    tenantId: automationRuns.tenantId,
    id: automationRuns.runId,
    read: (where, order) =>
      queries.select().from(automationRuns).where(where).orderBy(order).limit(ROWS_AT_ONCE),
    toId: ({ runId }) => runId,
    toMerged: fromRunRow,
    restrict: restrictMerged,
    toTold: (runs) => ({ ...NOTHING, runs }),
  });
  await seedFrom(session, tenantId, {
    tenantId: automations.tenantId,
    id: automations.automationId,
    read: (where, order) =>
      queries.select().from(automations).where(where).orderBy(order).limit(ROWS_AT_ONCE),
    toId: ({ automationId }) => automationId,
    toMerged: (automation) => fromAutomationRow(automation),
    restrict: restrictMerged,
    toTold: (automations) => ({ ...NOTHING, automations }),
  });
  await seedFrom(session, tenantId, {
    tenantId: apps.tenantId,
    id: apps.appId,
    read: (where, order) => queries.select().from(apps).where(where).orderBy(order).limit(ROWS_AT_ONCE),
    toId: ({ appId }) => appId,
    toMerged: fromAppRow,
    restrict: restrictApp,
    toTold: (apps) => ({ ...NOTHING, apps }),
  });
  await session.inShadow(async (transaction) => {
    await seedReloads(transaction, session.home, tenantId);
    await recordSeeded(transaction, tenantId, through);
  });
  return through;
}

async function seedFrom<Row extends object, Facts>(
  { queries, inShadow }: RebuildSession,
  tenantId: string,
  source: Source<Row, Facts>,
): Promise<void> {
  for (let after = ''; ; ) {
    const where = and(eq(source.tenantId, tenantId), gt(source.id, after));
    const rows = await source.read(where, asc(source.id));
    const known = rows.map((row) => toKnown(source, row)).filter((one) => one !== undefined);
    const stamps = known.flatMap(([, { origins }]) => origins.stamps);
    const isPruned = await findPruned(queries, tenantId, stamps);
    const told = known.flatMap(([id, merged]): [string, Merged<Facts>][] => {
      const restricted = source.restrict(merged, isPruned);
      return restricted === undefined ? [] : [[id, restricted]];
    });
    if (told.length > 0) {
      await inShadow((transaction) => projectTold(transaction, tenantId, source.toTold(new Map(told))));
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_AT_ONCE) return;
    after = source.toId(last);
  }
}

/** A row whose origins cannot be read was damaged: it tells nothing, and the comparison will name it. */
function toKnown<Row, Facts>(
  { toId, toMerged }: Source<Row, Facts>,
  row: Row,
): [string, Merged<Facts>] | undefined {
  try {
    return [toId(row), toMerged(row)];
  } catch {
    return undefined;
  }
}

async function findPruned(
  queries: Queries,
  tenantId: string,
  stamps: readonly Stamp[],
): Promise<(stamp: Stamp) => boolean> {
  const keys = new Map(stamps.map((stamp) => [stamp, toEventKey(stamp.source, stamp.eventId)]));
  const rows = await run(
    queries,
    sql`select event_key, type_key from events where tenant_id = ${tenantId} and raw is null
        and event_key = any(${toTextArray(new Set(keys.values()))})`,
  );
  const pruned = new Set(rows.map((row) => `${row.event_key}${row.type_key}`));
  return (stamp) => pruned.has(`${keys.get(stamp)}${stamp.typeKey}`);
}

/** A reload is what one event tells, so its row is taken as it is. */
async function seedReloads(transaction: Queries, home: string, tenantId: string): Promise<void> {
  const columns = PROJECTIONS.find(({ name }) => name === 'app_reloads')?.columns ?? [];
  const names = join(columns.map(({ name }) => sql.identifier(name)));
  await run(
    transaction,
    sql`insert into ${inSchema(SHADOW, 'app_reloads')} (${names})
        select ${names} from ${inSchema(home, 'app_reloads')} r
        where tenant_id = ${tenantId} and exists (select from events e where e.tenant_id = r.tenant_id
          and e.event_key = r.event_key and e.type = any(${toTextArray(RELOAD_TYPES)}) and e.raw is null)
        on conflict do nothing`,
  );
}
