import { Refusal } from '../../domain/refusal.ts';
import { isId } from '../../domain/values/text.ts';
import type { Caller } from '../../graphql/context.ts';
import type { AcrossTenants } from '../../store/database/database.ts';
import { listTenantSummaries } from '../../store/read/log.ts';
import { HOW_TO_NAME_A_TENANT, INVALID_TENANT, isNamed, listNames, NAMED_TENANTS } from './named-tenant.ts';
import { EVERY_TENANT, type Identity } from './token-claims.ts';

/**
 * Returns the caller of a request with a token. It acts for the tenant that the request names,
 * else for the token's only one. A named tenant must be one of the token's.
 */
export function toTokenCaller(
  across: AcrossTenants,
  { subject, scopes, tenants }: Identity,
  namedTenant: unknown,
): Caller {
  const isForAll = tenants === EVERY_TENANT;
  const own = isForAll ? [] : [...tenants];
  return {
    subject,
    scopes,
    mayWrite: (tenantId) => mayActFor(tenants, tenantId),
    listTenants: (limit) => listTenantSummaries(across, isForAll ? undefined : own, limit),
    mayActForAll: isForAll,
    onlyTenant: own.length === 1 ? own[0] : undefined,
    tenantRefusal: findTenantRefusal(),
    async actingTenant() {
      const refusal = findTenantRefusal();
      if (refusal !== undefined) throw refusal;
      if (!isNamed(namedTenant)) {
        const [first] = own;
        if (first !== undefined && own.length === 1) return first;
        throw tenantRequired(own);
      }
      if (isId(namedTenant)) return namedTenant;
      throw new Refusal('BAD_USER_INPUT', INVALID_TENANT);
    },
  };

  function findTenantRefusal(): Refusal<'FORBIDDEN'> | undefined {
    if (!isForAll && own.length === 0) return new Refusal('FORBIDDEN', 'The token names no usable tenant.');
    if (!isNamed(namedTenant) || mayActFor(tenants, namedTenant)) return undefined;
    return new Refusal('FORBIDDEN', 'The token is not for the tenant that the request names.');
  }
}

/**
 * Returns the tenant that the requests of a token without a subject count for: the named one if
 * it is one of the token's, else all of the token's together. A token for every tenant has one
 * name, so its caller cannot get further limits by naming further tenants. Undefined if the token
 * is for no tenant, or for all of them and the request names none.
 */
export function toCountedTenant({ tenants }: Identity, namedTenant: unknown): string | undefined {
  if (tenants === EVERY_TENANT) return isNamed(namedTenant) ? EVERY_TENANT : undefined;
  if (isId(namedTenant) && mayActFor(tenants, namedTenant)) return namedTenant;
  return tenants.size === 0 ? undefined : [...tenants].sort().join(' ');
}

function mayActFor(tenants: Identity['tenants'], tenantId: unknown): boolean {
  return tenants === EVERY_TENANT || [...tenants].some((tenant) => tenant === tenantId);
}

function tenantRequired(own: readonly string[]): Refusal {
  if (own.length === 0) {
    return new Refusal('TENANT_REQUIRED', `The token is for all tenants: ${HOW_TO_NAME_A_TENANT}.`);
  }
  const names = listNames(own.slice(0, NAMED_TENANTS), own.length - NAMED_TENANTS);
  return new Refusal(
    'TENANT_REQUIRED',
    `The token is for several tenants: ${HOW_TO_NAME_A_TENANT}. They are ${names}.`,
  );
}
