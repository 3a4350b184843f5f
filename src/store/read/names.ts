import { sql } from 'drizzle-orm';
import type { NamedKind } from '../../domain/named-kind.ts';
import { toArrayText } from '../database/bulk.ts';
import type { TenantDatabase } from '../database/database.ts';
import { hide, isOfTenant } from '../database/lookups.ts';
import { runFixed } from '../database/statements.ts';
import { names } from '../tables/log-tables.ts';

/** The name that `setNames` gave to an id. */
export interface NameRecord {
  kind: NamedKind;
  id: string;
  name: string;
}

/** Returns the key of a name in its tenant. A kind contains no space. */
export function toNameKey(kind: NamedKind, id: string): string {
  return `${kind} ${id}`;
}

/** Finds names by their keys (`toNameKey`), in any order. Ids without a name are left out. */
export function findNames(
  { read, tenantId }: TenantDatabase,
  keys: readonly string[],
): Promise<NameRecord[]> {
  const kinds = keys.map((key) => key.slice(0, key.indexOf(' ')));
  const ids = keys.map((key) => key.slice(key.indexOf(' ') + 1));
  return read((queries) =>
    runFixed<NameRecord & Record<string, unknown>>(
      queries,
      sql`select found.kind, found.id, found.name
          from unnest(${hide(toArrayText(kinds), 'text[]')}, ${hide(toArrayText(ids), 'text[]')}) as wanted(kind, id) cross join lateral (
            select names.kind, names.id, names.name from names where ${isOfTenant(names.tenantId, tenantId)}
            and names.kind = wanted.kind and names.id = wanted.id offset 0) as found`,
    ),
  );
}
