/** Longest id the service accepts, in UTF-16 units: an index entry must stay below some 2,700 bytes. */
export const MAX_ID_LENGTH = 256;

// biome-ignore lint/suspicious/noControlCharactersInRegex: the rule of the contract is about control characters.
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/;

/** Tells whether a value is a usable id: 1 to 256 UTF-16 units, no control characters, no lone surrogates (contract, INVALID_ID). */
export function isId(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length > 0 &&
    value.length <= MAX_ID_LENGTH &&
    value.isWellFormed() &&
    !CONTROL_CHARACTERS.test(value)
  );
}

/** Tells whether a text survives the database unchanged: PostgreSQL has no U+0000 and UTF-8 has no lone surrogates. */
export function isStorableText(value: string): boolean {
  return value.isWellFormed() && !value.includes('\u0000');
}

/** Compares by code point, as the database's "C" collation does; UTF-16 order differs beyond U+D7FF. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left !== right) return toCodePointRank(left) - toCodePointRank(right);
  }
  return a.length - b.length;
}

/** Surrogates belong to code points above U+FFFF, so they rank after every other unit. */
function toCodePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/**
 * Folds case for all of Unicode, without regard to language, so that equal means "equal but for case". Lower case comes first
 * for the one letter that its own upper case would leave alone: "ẞ" is "ß" is "SS".
 */
export function toCaseFolded(text: string): string {
  return text.toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ');
}
