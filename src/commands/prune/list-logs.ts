import { Misconfiguration } from '../../domain/misconfiguration.ts';
import type { Database } from '../../store/database/database.ts';
import { findPrunedLog, listKeptLogs, type PrunedLog } from '../../store/write/prune-events.ts';

/**
 * Yields the logs of the named tenants, or of all if none is named. Throws a Misconfiguration
 * before the first log if a tenant is unknown.
 */
export async function* listLogs(database: Database, tenantIds: readonly string[]): AsyncGenerator<PrunedLog> {
  yield* tenantIds.length > 0 ? findNamed(database, tenantIds) : listAll(database);
}

async function* findNamed(database: Database, tenantIds: readonly string[]): AsyncGenerator<PrunedLog> {
  const logs: PrunedLog[] = [];
  const problems: string[] = [];
  for (const tenantId of tenantIds) {
    const log = await findPrunedLog(database.forTenant(tenantId));
    if (log === undefined) problems.push(`--tenant: there are no events of ${JSON.stringify(tenantId)}.`);
    else logs.push(log);
  }
  if (problems.length > 0) throw new Misconfiguration(problems);
  yield* logs;
}

async function* listAll(database: Database): AsyncGenerator<PrunedLog> {
  let page = await listKeptLogs(database.acrossTenants, '');
  for (let last = page.at(-1); last !== undefined; last = page.at(-1)) {
    yield* page;
    page = await listKeptLogs(database.acrossTenants, last.tenantId);
  }
}
