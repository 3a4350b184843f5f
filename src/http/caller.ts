import { Refusal } from '../domain/refusal.ts';
import { isId } from '../domain/values/text.ts';
import { type Caller, SCOPES } from '../graphql/context.ts';
import type { Database } from '../store/database/database.ts';
import { countTenants, listFirstTenants } from '../store/read/log.ts';

/**
 * Returns the caller of an open server, who has every scope. The caller acts for the tenant in
 * `x-tenant-id` (WebSocket: `tenantId` at connection_init), else for the only tenant with
 * events. TENANT_REQUIRED may name tenants, because this caller may act for all of them.
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

/** A payload may also leave the tenant out with null or "". */
const isNamed = (tenantId: unknown) => tenantId !== undefined && tenantId !== null && tenantId !== '';

/** Checks a tenant id: a JSON payload may contain texts that no column can store. */
async function checkTenant(tenantId: unknown): Promise<string> {
  if (isId(tenantId)) return tenantId;
  throw new Refusal(
    'BAD_USER_INPUT',
    'The tenant id is not a text of 1 to 256 characters without control characters and lone surrogates.',
  );
}

/** The most tenants that TENANT_REQUIRED names. */
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

/** Decodes a header value, which Node reads as Latin-1, as UTF-8. "" means no tenant. */
export function toTenantHeader(value: string | null | undefined): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const text = Buffer.from(value, 'latin1').toString('utf8');
  return text.includes('\ufffd') ? value : text;
}
