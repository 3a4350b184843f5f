import type { JWTPayload } from 'jose';
import { isId } from '../../domain/values/text.ts';
import { SCOPES, type Scope } from '../../graphql/context.ts';

/** In the tenant claim and in `Identity.tenants`: every tenant. */
export const EVERY_TENANT = '*';

/** What a verified token says. */
export interface Identity {
  subject: string | undefined;
  scopes: readonly Scope[];
  /** The tenants that the caller may act for. Empty if the token names none that is usable. */
  tenants: ReadonlySet<string> | typeof EVERY_TENANT;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** Reads the claims of a verified token (README, "Tokens"). */
export function toIdentity(payload: JWTPayload, tenantClaim: string): Identity {
  const { sub, exp, scope, scopes } = payload;
  const named = new Set([...(typeof scope === 'string' ? scope.split(' ') : []), ...toTexts(scopes)]);
  return {
    subject: typeof sub === 'string' ? sub : undefined,
    scopes: SCOPES.filter((known) => named.has(known)),
    tenants: toTenants(Object.hasOwn(payload, tenantClaim) ? payload[tenantClaim] : undefined),
    expiresAt: (exp ?? 0) * 1_000,
  };
}

function toTenants(claim: unknown): Identity['tenants'] {
  const tenants = typeof claim === 'string' ? [claim] : toTexts(claim);
  return tenants.includes(EVERY_TENANT) ? EVERY_TENANT : new Set(tenants.filter(isId));
}

function toTexts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}
