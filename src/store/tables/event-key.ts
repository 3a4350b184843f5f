import { hash } from 'node:crypto';

/** Hashes (source, event id), which may be long, to a key of 32 characters. */
export function toEventKey(source: string, eventId: string): string {
  return toHash(`${source}\u0000${eventId}`);
}

/** Returns the first 192 bits of SHA-256 as 32 base64url characters. */
export function toHash(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 32);
}
