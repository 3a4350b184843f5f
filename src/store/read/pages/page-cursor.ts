import { Refusal } from '../../../domain/refusal.ts';
import { type Instant, parseInstant } from '../../../domain/values/instant.ts';
import { isStorableText } from '../../../domain/values/text.ts';

/** A value of an order term; null sorts last. */
export type OrderValue = string | number | null;

/** The kind of an order value. Values from cursors are validated by it. */
export type OrderValueKind = 'instant' | 'integer' | 'ordinal' | 'text';

const MAX_CURSOR_LENGTH = 4_096;
/**
 * Ordinals are stored as `integer`. Comparing that with a larger number is an error in PostgreSQL.
 */
const MAX_ORDINAL = 2 ** 31 - 1;

/** Returns the opaque cursor of a row. It is valid for one connection and one order. */
export function toPageCursor(connection: string, order: string, values: readonly OrderValue[]): string {
  return encode([connection, order, ...values]);
}

function encode(parts: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** Parses a cursor. Throws BAD_CURSOR if it is malformed or of another connection or order. */
export function parsePageCursor(
  cursor: string,
  connection: string,
  order: string,
  terms: readonly { kind: OrderValueKind; nullable: boolean }[],
): OrderValue[] {
  const parts = decode(cursor);
  if (parts === undefined || parts[0] !== connection || parts[1] !== order) throw badCursor();
  const values = parts.slice(2);
  if (values.length !== terms.length) throw badCursor();
  return terms.map(({ kind, nullable }, index) => {
    const value = values[index];
    if (value === null && nullable) return null;
    if (!isOrderValue(value, kind)) throw badCursor();
    return value;
  });
}

function decode(cursor: string): unknown[] | undefined {
  if (cursor.length > MAX_CURSOR_LENGTH) return undefined;
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    // base64url decoding ignores invalid characters, and JSON has many spellings. Only the spelling
    // that `toPageCursor` returns is accepted.
    return Array.isArray(parts) && encode(parts) === cursor ? parts : undefined;
  } catch {
    return undefined;
  }
}

function isOrderValue(value: unknown, kind: OrderValueKind): value is string | number {
  if (kind === 'integer') return Number.isSafeInteger(value);
  if (kind === 'ordinal') return isOrdinal(value);
  if (typeof value !== 'string') return false;
  return kind === 'text' ? isStorableText(value) : parseInstant(value as Instant)?.instant === value;
}

function isOrdinal(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= MAX_ORDINAL;
}

function badCursor(): Refusal {
  return new Refusal('BAD_CURSOR', 'This cursor is not one of this connection in this order.');
}
