import { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';

/** The secret of the services under test. */
export const SECRET = 'a secret of the tests that has 32 bytes or more';
export const EVERY_SCOPE = 'events:read events:ingest events:admin';

/** What signs a token; `publicKey` is what a server needs to verify it. */
export interface SigningKey {
  algorithm: string;
  key: KeyObject;
  publicKey?: KeyObject;
  kid?: string;
}

const SHARED: SigningKey = { algorithm: 'HS256', key: createSecretKey(Buffer.from(SECRET)) };

/** An instant as tokens have it, so many seconds from now. */
export const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;

/**
 * A token of tenant `one` with every scope, valid for an hour. `claims` change it; a claim that is
 * undefined is left out.
 */
export function toToken(
  claims: Record<string, unknown> = {},
  { algorithm, key, kid }: SigningKey = SHARED,
  header: Record<string, unknown> = {},
): Promise<string> {
  return new SignJWT({ tenantId: 'one', scope: EVERY_SCOPE, exp: inSeconds(3_600), ...claims })
    .setProtectedHeader({ alg: algorithm, ...(kid !== undefined && { kid }), ...header })
    .sign(key, { crit: { exp2: true } });
}

/** A token without a signature that names its own algorithm. */
export function toUnsignedToken(header: object, claims: Record<string, unknown> = {}): string {
  const payload = { tenantId: 'one', scope: EVERY_SCOPE, exp: inSeconds(3_600), ...claims };
  const toPart = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  return `${toPart(header)}.${toPart(payload)}.`;
}

export function newRsaKey(
  kid?: string,
  modulusLength = 2_048,
): Required<Omit<SigningKey, 'kid'>> & SigningKey {
  const { privateKey: key, publicKey } = generateKeyPairSync('rsa', { modulusLength });
  return { algorithm: 'RS256', key, publicKey, ...(kid !== undefined && { kid }) };
}

export function newEcKey(kid?: string, namedCurve = 'P-256'): Required<Omit<SigningKey, 'kid'>> & SigningKey {
  const { privateKey: key, publicKey } = generateKeyPairSync('ec', { namedCurve });
  return { algorithm: 'ES256', key, publicKey, ...(kid !== undefined && { kid }) };
}

export function newEdKey(kid?: string): Required<Omit<SigningKey, 'kid'>> & SigningKey {
  const { privateKey: key, publicKey } = generateKeyPairSync('ed25519');
  return { algorithm: 'EdDSA', key, publicKey, ...(kid !== undefined && { kid }) };
}

/** A public key as AUTH_JWT_PUBLIC_KEY takes it. */
export const toPem = ({ publicKey }: SigningKey) =>
  String(publicKey?.export({ format: 'pem', type: 'spki' }) ?? '');
