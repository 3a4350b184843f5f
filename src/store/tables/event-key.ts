import { hash } from 'node:crypto';

/** Names a source's event id within a tenant, in 32 characters whatever their length. */
export function toEventKey(source: string, eventId: string): string {
  return toHash(`${source}\u0000${eventId}`);
}

/** 192 bits of SHA-256 as 32 characters. */
export function toHash(text: string): string {
  return hash('sha256', text, 'base64url').slice(0, 32);
}
