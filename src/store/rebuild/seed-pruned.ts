import { and, asc, eq, getTableColumns, gt, type SQL, sql } from 'drizzle-orm';
import type { PgColumn } from 'drizzle-orm/pg-core';
import { mergeAppReload } from '../../domain/apps/merge-app-reload.ts';
import type { Merged, Stamp } from '../../domain/merge/merge.ts';
import { restrictApp, restrictMerged } from '../../domain/merge/restrict-merged.ts';
import { toTextArray } from '../database/bulk.ts';
import type { Queries } from '../database/database.ts';
import { run } from '../database/statements.ts';
import { fromReloadRow, toSharedReloadKey } from '../tables/app-reload-row.ts';
import { fromAppRow } from '../tables/app-row.ts';
import { fromAutomationRow } from '../tables/automation-row.ts';
import { fromRunRow } from '../tables/automation-run-row.ts';
import { toEventKey } from '../tables/event-key.ts';
import { events } from '../tables/log-tables.ts';
import { fromOriginsJson } from '../tables/origins-json.ts';
import { appReloads, apps, automationRuns, automations } from '../tables/projection-tables.ts';
import { mergeByKey } from '../write/merge-by-key.ts';
import { type FactsByKey, projectFacts } from '../write/project-events.ts';
import type { RebuildSession } from './open-session.ts';
import { recordSeeded } from './progress.ts';

const ROWS_AT_ONCE = 1_000;
const NOTHING: FactsByKey = { runs: new Map(), automations: new Map(), apps: new Map(), reloads: new Map() };

/** A projection to read facts from: how to read its rows, and how to write their facts. */
interface Source<Row, Facts> {
  tenantId: PgColumn;
  id: PgColumn;
  read(where: SQL | undefined, order: SQL): PromiseLike<Row[]>;
  toId(row: Row): string;
  toMerged(row: Row): Merged<Facts>;
  restrict(merged: Merged<Facts>, isWanted: (stamp: Stamp) => boolean): Merged<Facts> | undefined;
  /** The key to write the facts under, if it differs from the key of the row. */
  toKey?(row: Row): string;
  toFacts(merged: readonly [string, Merged<Facts>][]): FactsByKey;
}

/**
 * Merges facts of a tenant's pruned events into the shadow tables. The bodies are deleted, but
 * each value in the current rows carries the event that it came from, so the values from
 * pruned events are copied. Merging is idempotent, so this may be repeated when more events
 * have been pruned. Returns the position up to which pruned events are covered, at least
 * `atLeast`.
 */
export async function seedPruned(
  session: RebuildSession,
  tenantId: string,
  atLeast: number,
): Promise<number> {
  const { queries } = session;
  const [row] = await run(queries, sql`select pruned_through from tenants where tenant_id = ${tenantId}`);
  const through = Math.max(Number(row?.pruned_through ?? 0), atLeast);
  // Runs come first, because the row of an automation depends on its runs.
  await seedFrom(session, tenantId, {
    tenantId: automationRuns.tenantId,
    id: automationRuns.runId,
    read: (where, order) =>
      queries.select().from(automationRuns).where(where).orderBy(order).limit(ROWS_AT_ONCE),
    toId: ({ runId }) => runId,
    toMerged: fromRunRow,
    restrict: restrictMerged,
    toFacts: (runs) => ({ ...NOTHING, runs: new Map(runs) }),
  });
  await seedFrom(session, tenantId, {
    tenantId: automations.tenantId,
    id: automations.automationId,
    read: (where, order) =>
      queries.select().from(automations).where(where).orderBy(order).limit(ROWS_AT_ONCE),
    toId: ({ automationId }) => automationId,
    toMerged: (automation) => fromAutomationRow(automation),
    restrict: restrictMerged,
    toFacts: (automations) => ({ ...NOTHING, automations: new Map(automations) }),
  });
  await seedFrom(session, tenantId, {
    tenantId: apps.tenantId,
    id: apps.appId,
    read: (where, order) => queries.select().from(apps).where(where).orderBy(order).limit(ROWS_AT_ONCE),
    toId: ({ appId }) => appId,
    toMerged: fromAppRow,
    restrict: restrictApp,
    toFacts: (apps) => ({ ...NOTHING, apps: new Map(apps) }),
  });
  await seedReloads(session, tenantId);
  await session.inShadow((transaction) => recordSeeded(transaction, tenantId, through));
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
    const facts = known.flatMap(([id, merged]): [string, Merged<Facts>][] => {
      const restricted = source.restrict(merged, isPruned);
      return restricted === undefined ? [] : [[id, restricted]];
    });
    if (facts.length > 0) {
      await inShadow((transaction) => projectFacts(transaction, tenantId, source.toFacts(facts)));
    }
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_AT_ONCE) return;
    after = source.toId(last);
  }
}

/** Returns undefined if the origins are damaged; the comparison reports such a row. */
function toKnown<Row, Facts>(
  { toId, toKey = toId, toMerged }: Source<Row, Facts>,
  row: Row,
): [string, Merged<Facts>] | undefined {
  try {
    return [toKey(row), toMerged(row)];
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

/**
 * A row of an older version has no origins: its reload key is the key of the single event that
 * it came from. Its facts are written under the key that the reload has now.
 */
function seedReloads(session: RebuildSession, tenantId: string): Promise<void> {
  const { time, typeKey, source, eventId } = events;
  const columns = { reload: getTableColumns(appReloads), stamp: { time, typeKey, source, eventId } };
  const isEventOf = and(
    eq(events.tenantId, appReloads.tenantId),
    eq(events.eventKey, appReloads.reloadKey),
    eq(events.typeKey, appReloads.eventTypeKey),
  );
  return seedFrom(session, tenantId, {
    tenantId: appReloads.tenantId,
    id: appReloads.reloadKey,
    read: (where, order) =>
      session.queries
        .select(columns)
        .from(appReloads)
        .leftJoin(events, isEventOf)
        .where(where)
        .orderBy(order)
        .limit(ROWS_AT_ONCE),
    toId: ({ reload }) => reload.reloadKey,
    toKey: ({ reload }) =>
      toSharedReloadKey(reload.appId, reload.reloadId, reload.endTime) ?? reload.reloadKey,
    toMerged: ({ reload, stamp }) => {
      if (reload.origins !== null) return fromReloadRow(reload, fromOriginsJson(reload.origins));
      if (stamp === null) throw new Error('A reload has no event.');
      const merged = fromReloadRow(reload, { stamps: [stamp], of: {} });
      return { ...merged, values: { ...merged.values, lastEventAt: stamp.time } };
    },
    restrict: restrictMerged,
    toFacts: (reloads) => ({ ...NOTHING, reloads: mergeByKey(reloads, (pair) => pair, mergeAppReload) }),
  });
}
