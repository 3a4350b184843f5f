import { isJsonObject, type JsonObject, type JsonValue } from './json.ts';

const BYTE_ORDER_MARK = '\ufeff';

/** Parses a text that is the JSON of an object; undefined for every other text. Stands any nesting. */
export function parseJsonObject(text: string): JsonObject | undefined {
  const json = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  if (!json.trimStart().startsWith('{')) return undefined;
  try {
    const value: JsonValue = JSON.parse(json);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Decodes base64 (RFC 4648, section 4) into the UTF-8 text that it holds. Strict: undefined for other
 * characters, a missing padding, or bytes that are no UTF-8.
 */
export function decodeBase64(base64: string): string | undefined {
  const bytes = Buffer.from(base64, 'base64');
  // Buffer ignores what it cannot decode, so only the text that it would write itself is valid.
  if (bytes.toString('base64') !== base64) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
