import { sql } from 'drizzle-orm';
import type { NamedKind } from '../../domain/named-kind.ts';
import { toCaseFolded } from '../../domain/values/text.ts';
import { toTextArray } from '../database/bulk.ts';
import type { TenantDatabase } from '../database/database.ts';
import { runFixed } from '../database/statements.ts';

/** The name of an id. A name that is null, undefined or '' is removed. */
export interface NameToSet {
  kind: NamedKind;
  id: string;
  name?: string | null | undefined;
}

/** Distinguishes the lock of a tenant's names from other advisory locks. */
const LOCK_CLASS = sql.raw('7003');

/**
 * Stores and removes names of one tenant, each id named once. Returns the number of names that
 * differ from before. Calls for one tenant run one after another, because two calls with the same
 * ids would otherwise deadlock.
 */
export function setNames({ write, tenantId }: TenantDatabase, names: readonly NameToSet[]): Promise<number> {
  const given = names.flatMap(({ kind, id, name }) => (name ? [{ kind, id, name }] : []));
  const removed = names.filter(({ name }) => !name);
  const keysOf = (of: readonly NameToSet[]) =>
    sql`${toTextArray(of.map(({ kind }) => kind))}, ${toTextArray(of.map(({ id }) => id))}`;
  return write(async (transaction) => {
    await runFixed(
      transaction,
      sql`select 1 as locked from pg_advisory_xact_lock(${LOCK_CLASS}, hashtext(${tenantId}))`,
    );
    const stored = await runFixed(
      transaction,
      sql`insert into names as old (tenant_id, kind, id, name, name_key)
          select ${tenantId}::text, kind, id, name, name_key
          from unnest(${keysOf(given)}, ${toTextArray(given.map(({ name }) => name))},
            ${toTextArray(given.map(({ name }) => toCaseFolded(name)))}) as given(kind, id, name, name_key)
          on conflict (tenant_id, kind, id) do update set name = excluded.name, name_key = excluded.name_key
          where old.name <> excluded.name returning 1 as changed`,
    );
    const deleted = await runFixed(
      transaction,
      sql`delete from names using unnest(${keysOf(removed)}) as removed(kind, id)
          where names.tenant_id = ${tenantId} and names.kind = removed.kind and names.id = removed.id
          returning 1 as changed`,
    );
    return stored.length + deleted.length;
  });
}
