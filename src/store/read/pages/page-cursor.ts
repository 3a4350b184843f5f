import { Refusal } from '../../../domain/refusal.ts';
import { type Instant, parseInstant } from '../../../domain/values/instant.ts';
import { isStorableText } from '../../../domain/values/text.ts';

/** A value that a row is ordered by; null sorts last. */
export type OrderValue = string | number | null;

/** What an order value may be when it comes back in a cursor. */
export type OrderValueKind = 'instant' | 'integer' | 'ordinal' | 'text';

const MAX_CURSOR_LENGTH = 4_096;
/** Ordinals are kept in an `integer` column; comparing it with a larger number is an error of the database. */
const MAX_ORDINAL = 2 ** 31 - 1;

/** The cursor of a row: opaque, bound to a connection and its order. */
export function toPageCursor(connection: string, order: string, values: readonly OrderValue[]): string {
  return encode([connection, order, ...values]);
}

function encode(parts: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

/** Reads a cursor back. Throws BAD_CURSOR for one of another connection or order, or for none at all. */
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
    // Decoding passes over what is no base64, and a text may be written in many ways; a cursor is given in one.
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
