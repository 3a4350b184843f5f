/** Any value that JSON can carry. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
/** A JSON object as JSON.parse gives it. */
export interface JsonObject {
  [key: string]: JsonValue;
}

/** Tells whether a value is a JSON object (not an array, not null). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The nesting depth is counted only this far, so that hostile input cannot exhaust the stack.
 */
export const MAX_LEVELS = 64;

/**
 * Tells whether a value nests deeper than `levels` arrays and objects, the value itself being
 * level 1 (contract, fine print "Envelopes"). Never recurses deeper than `levels`.
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
 * The JSON text of a value with the keys of every object sorted and without members that are
 * null: equal for equal content, because an absent key means the same as null. Null elements
 * of a list stay.
 */
export function toCanonicalJson(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map(toCanonicalJson).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  let members = '';
  for (const key of Object.keys(value).sort()) {
    const member = toCanonicalJson(value[key] ?? null);
    // A number beyond all doubles is written as null too.
    if (member !== 'null') members += `${members && ','}${JSON.stringify(key)}:${member}`;
  }
  return `{${members}}`;
}

/** Appends a key to a JSON Pointer (RFC 6901). */
export function toPointer(base: string, key: string | number): string {
  return `${base}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** An object inside an event and its place, as a JSON Pointer. */
export interface Place {
  object: JsonObject;
  path: string;
}

/** Tells whether a value stands for "none": absent, null or the empty text. */
export function isNone(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || value === '';
}
