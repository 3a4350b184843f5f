import { once } from 'node:events';
import postgres from 'postgres';
import { waitUntil } from '../wait-until.ts';
import type { TestDatabase } from './databases.ts';

/**
 * Keeps every server from writing to a tenant, as another server's long transaction would.
 * PostgreSQL alone.
 */
export interface TenantLock extends AsyncDisposable {
  /** Resolves once a session waits for it. */
  awaited(): Promise<void>;
  release(): Promise<void>;
}

export async function lockTenants({ databaseUrl }: TestDatabase, tenantIds: string[]): Promise<TenantLock> {
  const sql = postgres(databaseUrl ?? '', { max: 2, fetch_types: false, onnotice: () => undefined });
  for (const tenantId of tenantIds) {
    await sql`insert into tenants (tenant_id, head) values (${tenantId}, 0) on conflict do nothing`;
  }
  const end = new EventTarget();
  let tellLocked: () => void = () => undefined;
  const locked = new Promise<void>((resolve) => {
    tellLocked = resolve;
  });
  const holding = sql.begin(async (transaction) => {
    await transaction`select from tenants where tenant_id in ${transaction(tenantIds)} for update`;
    tellLocked();
    await once(end, 'release');
  });
  await Promise.race([locked, holding]);
  const release = async () => {
    end.dispatchEvent(new Event('release'));
    await holding;
    await sql.end({ timeout: 1 });
  };
  return {
    awaited: () =>
      waitUntil(async () => {
        const rows = await sql`select from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`;
        return rows.length > 0;
      }),
    release,
    [Symbol.asyncDispose]: release,
  };
}
