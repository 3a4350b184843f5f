import { Refusal } from '../domain/refusal.ts';
import { isId } from '../domain/values/text.ts';
import { type Caller, SCOPES } from '../graphql/context.ts';
import type { Database } from '../store/database/database.ts';
import { listSomeTenants } from '../store/read/log.ts';

/**
 * Who calls an open server: nobody in particular, with every scope. Acts for the tenant that is named (`x-tenant-id`, or
 * `tenantId` at connection_init), else for the only tenant that has events.
 */
export function toOpenCaller(database: Database, namedTenant: unknown): Caller {
  let tenantId: Promise<string> | undefined;
  return {
    subject: undefined,
    scopes: SCOPES,
    mayWrite: () => true,
    mayActForAll: true,
    actingTenant: () => {
      tenantId ??= isNamed(namedTenant) ? checkTenant(namedTenant) : findOnlyTenant(database);
      return tenantId;
    },
  };
}

/** A payload may leave the tenant out, or say so with null or "". */
const isNamed = (tenantId: unknown) => tenantId !== undefined && tenantId !== null && tenantId !== '';

/** A JSON payload can hold texts that no database takes; no event can be of such a tenant. */
async function checkTenant(tenantId: unknown): Promise<string> {
  if (isId(tenantId)) return tenantId;
  throw new Refusal(
    'BAD_USER_INPUT',
    'The tenant is not named by a text of 1 to 256 characters without control characters and lone surrogates.',
  );
}

async function findOnlyTenant(database: Database): Promise<string> {
  const [first, second] = await listSomeTenants(database);
  if (first !== undefined && second === undefined) return first;
  const found = first === undefined ? 'No tenant has events yet' : 'Several tenants have events';
  throw new Refusal(
    'TENANT_REQUIRED',
    `${found}: name the tenant with the header x-tenant-id (WebSocket: tenantId in the connection_init payload).`,
  );
}

/** Header values come as Latin-1; a tenant's id is UTF-8. "" counts as none. */
export function toTenantHeader(value: string | null | undefined): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const text = Buffer.from(value, 'latin1').toString('utf8');
  return text.includes('\ufffd') ? value : text;
}
