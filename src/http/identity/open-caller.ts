import { Refusal } from '../../domain/refusal.ts';
import { isId } from '../../domain/values/text.ts';
import { type Caller, SCOPES } from '../../graphql/context.ts';
import type { AcrossTenants } from '../../store/database/database.ts';
import { countTenants, listFirstTenants, listTenantSummaries } from '../../store/read/log.ts';
import { HOW_TO_NAME_A_TENANT, INVALID_TENANT, isNamed, listNames, NAMED_TENANTS } from './named-tenant.ts';

/**
 * Returns the caller of an open server, who has every scope. The caller acts for the tenant in
 * `x-tenant-id` (WebSocket: `tenantId` at connection_init), else for the only tenant with
 * events. TENANT_REQUIRED may name tenants, because this caller may act for all of them.
 */
export function toOpenCaller(across: AcrossTenants, namedTenant: unknown): Caller {
  let tenantId: Promise<string> | undefined;
  return {
    subject: undefined,
    scopes: SCOPES,
    mayWrite: () => true,
    listTenants: (limit) => listTenantSummaries(across, undefined, limit),
    mayActForAll: true,
    onlyTenant: undefined,
    tenantRefusal: undefined,
    actingTenant: () => {
      tenantId ??= isNamed(namedTenant) ? checkTenant(namedTenant) : findOnlyTenant(across);
      return tenantId;
    },
  };
}

async function checkTenant(tenantId: unknown): Promise<string> {
  if (isId(tenantId)) return tenantId;
  throw new Refusal('BAD_USER_INPUT', INVALID_TENANT);
}

async function findOnlyTenant(across: AcrossTenants): Promise<string> {
  const tenantIds = await listFirstTenants(across, NAMED_TENANTS);
  const [first] = tenantIds;
  if (first !== undefined && tenantIds.length === 1) return first;
  if (first === undefined) {
    throw new Refusal('TENANT_REQUIRED', `No tenant has events yet: ${HOW_TO_NAME_A_TENANT}.`);
  }
  const names = listNames(tenantIds, (await countTenants(across)) - tenantIds.length);
  throw new Refusal(
    'TENANT_REQUIRED',
    `Several tenants have events: ${HOW_TO_NAME_A_TENANT}. They are ${names}.`,
  );
}
