import { drizzle } from 'drizzle-orm/postgres-js';
import type postgres from 'postgres';
import { isStorableText } from '../../../domain/values/text.ts';
import type { Queries } from '../database.ts';
import { TENANT_SETTING } from '../migrations/row-level-security.ts';

/**
 * Returns the statement that names the tenant of a transaction. It is SET LOCAL with a
 * literal, not `set_config()` with a parameter, because on Citus only SET LOCAL reaches the
 * shards. In the form E'…', quotes and backslashes are escaped whatever the session sets.
 */
export function toSetTenant(tenantId: string): string {
  if (!isStorableText(tenantId)) throw new Error('A tenant id contains U+0000 or a lone surrogate.');
  const literal = tenantId.replaceAll('\\', '\\\\').replaceAll("'", "''");
  return `set local ${TENANT_SETTING} = E'=${literal}'`;
}

/**
 * Returns queries that see the rows of one tenant. A transaction begins with SET LOCAL. A
 * statement outside a transaction gets one of its own: our patch of postgres.js sends BEGIN,
 * SET LOCAL, the statement and COMMIT without waiting in between, so it takes no more round
 * trips than the statement alone.
 */
export function toTenantQueries(client: postgres.Sql, tenantId: string): Queries {
  const first = toSetTenant(tenantId);
  const unsafe: typeof client.unsafe = (text, parameters, options) =>
    client.unsafe(text, parameters, { ...options, first });
  const begin = <T>(work: (transaction: postgres.TransactionSql) => Promise<T>) =>
    client.begin({ first }, work);
  // The properties of a client are functions without `this`.
  const scoped: postgres.Sql = Object.create(client, { unsafe: { value: unsafe }, begin: { value: begin } });
  return drizzle({ client: scoped }) as Queries;
}
