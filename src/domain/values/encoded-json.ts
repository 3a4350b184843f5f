import { isJsonObject, type JsonObject, type JsonValue } from './json.ts';

const BYTE_ORDER_MARK = '\ufeff';

/** Parses the JSON of an object of any nesting; returns undefined for every other text. */
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
 * Decodes base64 (RFC 4648, section 4) into UTF-8 text. Returns undefined for other
 * characters, missing padding, or invalid UTF-8.
 */
export function decodeBase64(base64: string): string | undefined {
  const bytes = Buffer.from(base64, 'base64');
  // Buffer ignores invalid characters. Only the canonical encoding survives a round trip.
  if (bytes.toString('base64') !== base64) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
