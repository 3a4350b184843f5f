import { Refusal } from '../domain/refusal.ts';
import { isId } from '../domain/values/text.ts';
import { type Caller, SCOPES } from '../graphql/context.ts';
import type { Database } from '../store/database/database.ts';
import { countTenants, listFirstTenants } from '../store/read/log.ts';

/**
 * The caller of an open server. It has every scope, and acts for the tenant named by `x-tenant-id` (or by `tenantId` at
 * connection_init), else for the only tenant that has events. The message of TENANT_REQUIRED may name tenants, because this
 * caller may act for all of them.
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

/** How many tenants the message of TENANT_REQUIRED names, so that it stays short on a server with thousands of them. */
const NAMED_TENANTS = 10;

async function findOnlyTenant(database: Database): Promise<string> {
  const tenantIds = await listFirstTenants(database, NAMED_TENANTS);
  const [first] = tenantIds;
  if (first !== undefined && tenantIds.length === 1) return first;
  const how =
    'name the tenant with the header x-tenant-id (WebSocket: tenantId in the connection_init payload)';
  if (first === undefined) throw new Refusal('TENANT_REQUIRED', `No tenant has events yet: ${how}.`);
  const more = (await countTenants(database)) - tenantIds.length;
  const named = `${tenantIds.map((tenantId) => JSON.stringify(tenantId)).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
  throw new Refusal('TENANT_REQUIRED', `Several tenants have events: ${how}. They are ${named}.`);
}

/** Header values come as Latin-1; a tenant's id is UTF-8. "" counts as none. */
export function toTenantHeader(value: string | null | undefined): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const text = Buffer.from(value, 'latin1').toString('utf8');
  return text.includes('\ufffd') ? value : text;
}
