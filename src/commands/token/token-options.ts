import type { KeyObject } from 'node:crypto';
import { parseDurationOption, parseOptions } from 'qlik-event-graph-ingest/console/parse-options';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import { isId } from '../../domain/values/text.ts';
import { SCOPES, type Scope } from '../../graphql/context.ts';
import { type AuthSettings, parseAuthSettings } from '../../http/identity/auth-settings.ts';

export const TOKEN_USAGE = `npm run token -- --tenant T --scope "events:read" [--sub NAME] [--expires-in 1h]

Prints a token (JWT) signed with AUTH_JWT_SECRET, with the issuer, audience and tenant claim of AUTH_ISSUER,
AUTH_AUDIENCE and AUTH_TENANT_CLAIM.

  --tenant T        the tenant that the token is for; may be repeated; "*" is every tenant
  --scope S         one or more of ${SCOPES.join(', ')}, separated by spaces; may be repeated
  --sub NAME        the subject: who the caller is
  --expires-in 1h   days (d), weeks (w), hours (h), minutes (m) or seconds (s). Default: 1h

Exit status: 0 printed, 1 not.
`;

/** What the token says, and the key that signs it. */
export interface TokenOptions {
  auth: AuthSettings;
  key: KeyObject;
  tenants: readonly string[];
  scopes: readonly Scope[];
  subject: string | undefined;
  lifetimeMs: number;
}

/** Parses the command line; undefined if it asks for help. Throws a Misconfiguration. */
export function parseTokenOptions(args: string[], environment: NodeJS.ProcessEnv): TokenOptions | undefined {
  const { values } = parseOptions({
    args,
    options: {
      tenant: { type: 'string', multiple: true, default: [] },
      scope: { type: 'string', multiple: true, default: [] },
      sub: { type: 'string' },
      'expires-in': { type: 'string', default: '1h' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return undefined;
  const tenants = [...new Set(values.tenant)];
  const named = new Set(values.scope.flatMap((list) => list.split(/\s+/)).filter((name) => name !== ''));
  const { auth, problems } = parseAuthSettings(environment);
  if (auth === undefined && problems.length === 0) problems.push('AUTH_JWT_SECRET is not set.');
  if (auth?.key.kind === 'key set' || (auth !== undefined && auth.key.algorithm !== 'HS256')) {
    problems.push('only AUTH_JWT_SECRET can sign tokens; this server verifies those of another issuer.');
  }
  if (tenants.length === 0) problems.push('--tenant is missing: name the tenant that the token is for.');
  if (!tenants.every(isId)) problems.push('--tenant: this is not a tenant id.');
  if (named.size === 0) problems.push(`--scope is missing: pass one or more of ${SCOPES.join(', ')}.`);
  const unknown = [...named].filter((name) => !SCOPES.some((scope) => scope === name));
  if (unknown.length > 0) problems.push(`--scope: ${unknown.join(' ')} is none of ${SCOPES.join(', ')}.`);
  if (problems.length > 0 || auth === undefined || auth.key.kind !== 'key')
    throw new Misconfiguration(problems);
  const lifetimeMs = parseDurationOption('--expires-in', values['expires-in']);
  if (lifetimeMs === 0) throw new Misconfiguration(['--expires-in: a token must live for a while.']);
  const scopes = SCOPES.filter((scope) => named.has(scope));
  return { auth, key: auth.key.key, tenants, scopes, subject: values.sub, lifetimeMs };
}
