import { SignJWT } from 'jose';
import type { TokenOptions } from './token-options.ts';

/** Signs a token that the service accepts with the same settings. */
export function signToken({
  auth,
  key,
  tenants,
  scopes,
  subject,
  lifetimeMs,
}: TokenOptions): Promise<string> {
  const issuedAt = Math.floor(Date.now() / 1_000);
  const [first] = tenants;
  const token = new SignJWT({
    scope: scopes.join(' '),
    [auth.tenantClaim]: tenants.length === 1 ? first : tenants,
  })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + Math.ceil(lifetimeMs / 1_000));
  if (auth.issuer !== undefined) token.setIssuer(auth.issuer);
  if (auth.audience !== undefined) token.setAudience(auth.audience);
  if (subject !== undefined) token.setSubject(subject);
  return token.sign(key);
}
