import type { Logger } from 'pino';
import { Refusal } from '../../domain/refusal.ts';
import { isId } from '../../domain/values/text.ts';
import type { Caller } from '../../graphql/context.ts';
import type { AcrossTenants } from '../../store/database/database.ts';
import type { AuthSettings } from './auth-settings.ts';
import { toCallerKey } from './caller-rates.ts';
import { toOpenCaller } from './open-caller.ts';
import { toCountedTenant, toTokenCaller } from './token-caller.ts';
import { TokenVerifier, unauthenticated } from './token-verifier.ts';

/** A request or WebSocket that may proceed. */
export interface Admission {
  /** Returns the caller of one operation. */
  toCaller(): Caller;
  /** When the token expires, in milliseconds since 1970; undefined on an open server. */
  expiresAt: number | undefined;
  /** Identifies the caller for limits. */
  callerKey: string;
}

/**
 * Decides whether a request may proceed, and for whom it acts. `authorization` is the header of
 * that name; `namedTenant` is the tenant that the request names. A WebSocket sends both in the
 * payload of connection_init. `address` is the client's. Resolves to UNAUTHENTICATED without a
 * valid token, and to UNAVAILABLE while no token can be verified.
 */
export type Gate = (
  authorization: unknown,
  namedTenant: unknown,
  address: string | undefined,
) => Promise<Admission | Refusal>;

/** Creates the gate of a server; an open one (`auth` is undefined) admits everything. */
export function createGate(auth: AuthSettings | undefined, across: AcrossTenants, log: Logger): Gate {
  if (auth === undefined) {
    return async (_authorization, namedTenant, address) => ({
      toCaller: () => toOpenCaller(across, namedTenant),
      expiresAt: undefined,
      callerKey: toCallerKey(undefined, isId(namedTenant) ? namedTenant : undefined, address),
    });
  }
  const verifier = new TokenVerifier(auth, log);
  return async (authorization, namedTenant, address) => {
    const token = toBearerToken(authorization);
    if (token === undefined) return unauthenticated();
    try {
      const identity = await verifier.verify(token);
      const { subject, expiresAt } = identity;
      return {
        toCaller: () => toTokenCaller(across, identity, namedTenant),
        expiresAt,
        callerKey: toCallerKey(subject, toCountedTenant(identity, namedTenant), address),
      };
    } catch (failure) {
      if (failure instanceof Refusal) return failure;
      throw failure;
    }
  };
}

/** Returns the token of an `Authorization` header; undefined without one. */
export function toBearerToken(authorization: unknown): string | undefined {
  return typeof authorization === 'string' ? /^Bearer +(\S+) *$/i.exec(authorization)?.[1] : undefined;
}
