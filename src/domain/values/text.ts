/** The longest id in UTF-16 units. An index entry is limited to about 2,700 bytes. */
export const MAX_ID_LENGTH = 256;

// biome-ignore lint/suspicious/noControlCharactersInRegex: ids must not contain control characters.
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/;

/**
 * Returns whether a value is an id: 1 to 256 UTF-16 units without control characters and lone
 * surrogates (README, `INVALID_ID`).
 */
export function isId(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= MAX_ID_LENGTH &&
    value.isWellFormed() &&
    !CONTROL_CHARACTERS.test(value)
  );
}

/** Returns whether the database stores a text unchanged: no U+0000, no lone surrogates. */
export function isStorableText(value: string): boolean {
  return value.isWellFormed() && !value.includes('\u0000');
}

/** Compares by code point, like the "C" collation. UTF-16 order differs beyond U+D7FF. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return toCodePointRank(left) - toCodePointRank(right);
  }
  return a.length - b.length;
}

/** Surrogates encode code points above U+FFFF, so they rank after all other units. */
function toCodePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/**
 * Folds case for all of Unicode, independent of language. Lower case is applied first because
 * of "ẞ", which upper case does not change: it folds to "ss" like "ß" and "SS".
 */
export function toCaseFolded(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}

/** Returns whether a text can be a token in a header: visible ASCII characters without space. */
export function isTokenText(text: string): boolean {
  return /^[\x21-\x7e]+$/.test(text);
}
