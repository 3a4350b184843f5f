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
  if (typeof value === 'string') return toJsonText(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  let members = '';
  if (Array.isArray(value)) {
    for (const element of value) members += `${members && ','}${toCanonicalJson(element)}`;
    return `[${members}]`;
  }
  for (const key of sortKeys(Object.keys(value))) {
    const member = toCanonicalJson(value[key] ?? null);
    // A number beyond the range of doubles is written as null too.
    if (member !== 'null') members += `${members && ','}${toJsonText(key)}:${member}`;
  }
  return `{${members}}`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes control characters.
const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

/** Like JSON.stringify, but faster for a text without escapes. */
function toJsonText(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
}

/** The most keys that are sorted by insertion: of so few, it is faster than Array.sort. */
const MAX_INSERTED = 16;

/** Sorts keys by UTF-16 units. */
function sortKeys(keys: string[]): string[] {
  if (keys.length > MAX_INSERTED) return keys.sort();
  for (let index = 1; index < keys.length; index += 1) {
    const key = keys[index] ?? '';
    let place = index;
    for (; place > 0 && (keys[place - 1] ?? '') > key; place -= 1) keys[place] = keys[place - 1] ?? '';
    keys[place] = key;
  }
  return keys;
}

/** Appends a key to a JSON Pointer (RFC 6901). */
export function toPointer(base: string, key: string | number): string {
  const isPlain = typeof key === 'number' || !/[~/]/.test(key);
  return `${base}/${isPlain ? key : key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
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
