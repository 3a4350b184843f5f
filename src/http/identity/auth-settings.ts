import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { isLoopback } from '../../domain/loopback.ts';

/** How tokens are verified: with keys from a URL, or with one key and its only algorithm. */
export type VerificationKey =
  | { kind: 'key set'; url: string }
  | { kind: 'key'; key: KeyObject; algorithm: 'HS256' | 'RS256' | 'ES256' | 'EdDSA' };

/** The settings of a server that verifies tokens. */
export interface AuthSettings {
  key: VerificationKey;
  /** The required value of `iss`; undefined: any. */
  issuer: string | undefined;
  /** The required value of `aud`; undefined: any. */
  audience: string | undefined;
  /** The claim that contains the tenants. */
  tenantClaim: string;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Parsed = VerificationKey | { problem: string };

/** The settings with a key. Exactly one of them is set on a server that verifies tokens. */
const KEY_PARSERS = {
  AUTH_JWKS_URI: parseKeySetUrl,
  AUTH_JWT_SECRET: parseSecret,
  AUTH_JWT_PUBLIC_KEY: parsePublicKey,
} satisfies Record<string, (text: string) => Parsed>;
const KEY_NAMES = Object.keys(KEY_PARSERS) as (keyof typeof KEY_PARSERS)[];
const KEY_LIST = 'AUTH_JWKS_URI, AUTH_JWT_SECRET and AUTH_JWT_PUBLIC_KEY';
const AUTH_NAMES = [...KEY_NAMES, 'AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_TENANT_CLAIM'];

const MIN_SECRET_BYTES = 32;
const MIN_RSA_BITS = 2_048;

/** Returns whether a setting demands tokens, even a wrong one: the server is then not open. */
export function demandsTokens(environment: Environment): boolean {
  return AUTH_NAMES.some((name) => environment[name] !== undefined);
}

/**
 * Parses the AUTH_* settings. Without any of them `auth` is undefined, and the server is open.
 * An empty setting is a mistake: a lost value must not open a server or drop a check.
 */
export function parseAuthSettings(environment: Environment): {
  auth: AuthSettings | undefined;
  problems: string[];
} {
  const given = AUTH_NAMES.filter((name) => environment[name] !== undefined);
  const keyNames = KEY_NAMES.filter((name) => environment[name] !== undefined);
  const keys = new Map<string, Parsed>(
    keyNames.map((name) => [name, KEY_PARSERS[name](environment[name] ?? '')]),
  );
  const problems = given.flatMap((name) => {
    const problem = findProblem(name, keys.get(name));
    return problem === undefined ? [] : [`${name}: ${problem}`];
  });
  const [key] = keys.values();
  if (problems.length > 0 || key === undefined || 'problem' in key) return { auth: undefined, problems };
  const { AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience, AUTH_TENANT_CLAIM: tenantClaim } = environment;
  return { auth: { key, issuer, audience, tenantClaim: tenantClaim ?? 'tenantId' }, problems };

  function findProblem(name: string, parsed: Parsed | undefined): string | undefined {
    if (environment[name] === '') return 'is empty';
    if (keys.size === 0) return `has no effect without one of ${KEY_LIST}`;
    if (parsed === undefined) return undefined;
    if (keys.size > 1) return `only one of ${KEY_LIST} may be set`;
    return 'problem' in parsed ? parsed.problem : undefined;
  }
}

function parseKeySetUrl(text: string): Parsed {
  if (!URL.canParse(text)) return { problem: 'is not a URL' };
  const { protocol, hostname, username, password } = new URL(text);
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname))) {
    return { problem: 'is not an https URL; http is for loopback addresses only' };
  }
  if (username !== '' || password !== '') return { problem: 'contains a user name or a password' };
  return { kind: 'key set', url: text };
}

function parseSecret(text: string): Parsed {
  const bytes = Buffer.from(text);
  if (bytes.length < MIN_SECRET_BYTES) return { problem: `is shorter than ${MIN_SECRET_BYTES} bytes` };
  return { kind: 'key', key: createSecretKey(bytes), algorithm: 'HS256' };
}

function parsePublicKey(text: string): Parsed {
  // Some tools write a variable of several lines with `\n`.
  const pem = text.replaceAll('\\n', '\n');
  if (pem.includes('PRIVATE KEY-----')) return { problem: 'is a private key; set the public one' };
  if (pem.split('-----BEGIN ').length !== 2) return { problem: 'is not one public key as PEM' };
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    return { problem: 'is not one public key as PEM' };
  }
  const algorithm = toAlgorithm(key);
  if (algorithm === undefined) {
    return {
      problem: `is no key for RS256 (${MIN_RSA_BITS} bits or more), ES256 (P-256) or EdDSA (Ed25519)`,
    };
  }
  return { kind: 'key', key, algorithm };
}

function toAlgorithm({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject) {
  if (type === 'rsa' && (details?.modulusLength ?? 0) >= MIN_RSA_BITS) return 'RS256';
  if (type === 'ec' && details?.namedCurve === 'prime256v1') return 'ES256';
  return type === 'ed25519' ? 'EdDSA' : undefined;
}
