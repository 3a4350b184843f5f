import { createHash } from 'node:crypto';
import { type JsonValue, toCanonicalJson } from '../domain/json.ts';

/** Names a source's event id within a tenant, in 32 characters whatever their length. */
export function toEventKey(source: string, eventId: string): string {
  return toHash(`${source}\u0000${eventId}`);
}

/** Equal for equal content, whatever the order of keys. */
export function toContentHash(value: JsonValue): string {
  return toHash(toCanonicalJson(value));
}

/** 192 bits of SHA-256 as 32 characters. */
export function toHash(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 32);
}
