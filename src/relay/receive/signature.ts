import { createHmac, timingSafeEqual } from 'node:crypto';

const HEX_SHA256 = /^[0-9a-f]{64}$/i;

/** Returns whether a header has the form of a signature: hex in any case, and nothing else. */
export function isSignature(header: unknown): header is string {
  return typeof header === 'string' && HEX_SHA256.test(header);
}

/**
 * Returns whether a signature is the HMAC-SHA256 of the raw body with one of the secrets. The
 * time does not depend on which secret matches, or on where a signature differs.
 */
export function isSignedBy(secrets: readonly string[], body: Buffer, signature: string): boolean {
  const given = Buffer.from(signature, 'hex');
  let matches = false;
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret).update(body).digest();
    matches = timingSafeEqual(expected, given) || matches;
  }
  return matches;
}
