import { hash } from 'node:crypto';
import { errors, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { Logger } from 'pino';
import { LruCache } from '../../domain/lru-cache.ts';
import { Refusal } from '../../domain/refusal.ts';
import type { AuthSettings } from './auth-settings.ts';
import { RemoteKeySet } from './remote-key-set.ts';
import { type Identity, toIdentity } from './token-claims.ts';

/** The algorithms of tokens that a key set verifies: no shared secrets. */
const KEY_SET_ALGORITHMS = ['RS256', 'ES256', 'EdDSA'];
/** How far the clocks of issuer and server may differ. */
const CLOCK_TOLERANCE_S = 5;
/** The most verified tokens in the cache. */
const MAX_VERIFIED = 10_000;
/** A longer token is refused without being read. */
const MAX_TOKEN_LENGTH = 16_384;

/** The one message for every refused token, so that it tells nothing about the reason. */
const UNAUTHENTICATED =
  'This needs a valid token: send the header "authorization: Bearer <JWT>" (WebSocket: authorization in the connection_init payload).';

/** Returns the refusal of a missing, wrong or expired token. */
export function unauthenticated(): Refusal<'UNAUTHENTICATED'> {
  return new Refusal('UNAUTHENTICATED', UNAUTHENTICATED);
}

/** An identity, and the version of the keys that verified it. */
interface Verified {
  identity: Identity;
  keyVersion: number;
}

/**
 * Verifies tokens. Verified ones are cached until they expire or the keys change, by their hash:
 * the cache contains no token, and the time of a look-up says nothing about one.
 */
export class TokenVerifier {
  readonly #settings: AuthSettings;
  readonly #log: Logger;
  readonly #options: JWTVerifyOptions;
  readonly #keySet: RemoteKeySet | undefined;
  readonly #verified = new LruCache<string, Verified>(MAX_VERIFIED);

  constructor(settings: AuthSettings, log: Logger) {
    const { key, issuer, audience } = settings;
    this.#settings = settings;
    this.#log = log;
    this.#keySet = key.kind === 'key set' ? new RemoteKeySet(key.url, log) : undefined;
    this.#options = {
      algorithms: key.kind === 'key' ? [key.algorithm] : KEY_SET_ALGORITHMS,
      requiredClaims: ['exp'],
      clockTolerance: CLOCK_TOLERANCE_S,
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    };
  }

  /**
   * Returns the identity in a token. Throws UNAUTHENTICATED for a token that is not valid, and
   * UNAVAILABLE while the key set could never be loaded.
   */
  async verify(token: string): Promise<Identity> {
    if (token.length > MAX_TOKEN_LENGTH) return this.#refuse('too long');
    this.#keySet?.refreshIfOld();
    const tokenHash = hash('sha256', token, 'base64');
    const cached = this.#verified.get(tokenHash);
    const keyVersion = this.#keySet?.version ?? 0;
    if (cached?.keyVersion === keyVersion) {
      const expiresAt = cached.identity.expiresAt + CLOCK_TOLERANCE_S * 1_000;
      return Date.now() < expiresAt ? cached.identity : this.#refuse('expired');
    }
    const payload = await this.#verifyAnew(token).catch((failure: unknown) => {
      if (failure instanceof Refusal) throw failure;
      return this.#refuse(failure instanceof Error ? failure.message : 'unknown');
    });
    const identity = toIdentity(payload, this.#settings.tenantClaim);
    this.#verified.set(tokenHash, { identity, keyVersion });
    return identity;
  }

  /** Only the log says why. The reasons of jose contain no part of the token. */
  #refuse(reason: string): never {
    this.#log.debug({ reason }, 'a token was refused');
    throw unauthenticated();
  }

  async #verifyAnew(token: string): Promise<JWTPayload> {
    const { key } = this.#settings;
    const keySet = this.#keySet;
    if (key.kind === 'key') return (await jwtVerify(token, key.key, this.#options)).payload;
    if (keySet === undefined) throw new Error('There is no key set.');
    try {
      return await this.#verifyWithSet(token, await keySet.read());
    } catch (failure) {
      // A key without a kid may be new, too, and is then found by its signature only.
      const mayBeNew =
        failure instanceof errors.JWKSNoMatchingKey ||
        failure instanceof errors.JWSSignatureVerificationFailed;
      if (!mayBeNew || !(await keySet.refreshForUnknownKey())) throw failure;
      return this.#verifyWithSet(token, await keySet.read());
    }
  }

  /** Without a kid in the token, several keys may fit; each of them is tried. */
  async #verifyWithSet(token: string, keys: JWTVerifyGetKey): Promise<JWTPayload> {
    try {
      return (await jwtVerify(token, keys, this.#options)).payload;
    } catch (failure) {
      if (!(failure instanceof errors.JWKSMultipleMatchingKeys)) throw failure;
      for await (const key of failure) {
        try {
          return (await jwtVerify(token, key, this.#options)).payload;
        } catch (other) {
          if (!(other instanceof errors.JWSSignatureVerificationFailed)) throw other;
        }
      }
      throw new errors.JWSSignatureVerificationFailed();
    }
  }
}
