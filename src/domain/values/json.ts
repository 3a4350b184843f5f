export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
/** A JSON object as JSON.parse returns it. */
export interface JsonObject {
  [key: string]: JsonValue;
}

/** Returns whether a value is a JSON object (not an array, not null). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The deepest nesting of an event and of variables. It limits recursion. */
export const MAX_LEVELS = 64;

/**
 * Returns whether a value nests deeper than `levels` arrays and objects; the value itself is
 * level 1. Never recurses deeper than `levels`.
 */
export function isDeeperThan(value: JsonValue, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const child of Object.values(value)) {
    if (isDeeperThan(child, levels - 1)) return true;
  }
  return false;
}

/**
 * Returns the JSON text of a value with sorted keys and without null members. Equal content
 * has equal text, because a missing key means the same as null. Null elements of a list stay.
 */
export function toCanonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(toCanonicalJson).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  let members = '';
  for (const key of Object.keys(value).sort()) {
    const member = toCanonicalJson(value[key] ?? null);
    // A number beyond the range of doubles is written as null too.
    if (member !== 'null') members += `${members && ','}${JSON.stringify(key)}:${member}`;
  }
  return `{${members}}`;
}

/** Appends a key to a JSON Pointer (RFC 6901). */
export function toPointer(base: string, key: string | number): string {
  return `${base}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** An object inside an event, and its JSON Pointer. */
export interface Place {
  object: JsonObject;
  path: string;
}

/** Returns whether a value is missing: absent, null or the empty text. */
export function isNone(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || value === '';
}
