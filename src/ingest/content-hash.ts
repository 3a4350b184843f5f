import { type JsonValue, toCanonicalJson } from '../domain/values/json.ts';
import { toHash } from '../store/tables/event-key.ts';

/** Equal for equal content, whatever the order of keys. */
export function toContentHash(value: JsonValue): string {
  return toHash(toCanonicalJson(value));
}
