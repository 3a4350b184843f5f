import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { bigint, customType } from 'drizzle-orm/pg-core';
import type { Instant } from '../../domain/values/instant.ts';
import type { JsonValue } from '../../domain/values/json.ts';

/** An id or a name key, ordered by code point whatever the locale of the database. */
export const idText = customType<{ data: string; driverData: string }>({
  dataType: () => 'text collate "C"',
});

/** The tenant that a row belongs to: the first column of every key. */
export const tenantId = () => idText('tenant_id').notNull();

/** A count, size, duration or position: a whole number that JavaScript represents exactly. */
export const count = (name: string) => bigint(name, { mode: 'number' });

/** An instant in milliseconds, the precision of cursors. Sessions run in UTC. */
export const instant = customType<{ data: Instant; driverData: string }>({
  dataType: () => 'timestamp (3) with time zone',
  fromDriver: toInstantFromText,
});

/** JSON stored as written, with the order of its keys and escapes such as `\u0000`. */
export const jsonText = customType<{ data: JsonValue; driverData: unknown }>({
  dataType: () => 'json',
  toDriver: (value) => JSON.stringify(value),
  fromDriver: (value) => value as JsonValue,
});

/**
 * Converts PostgreSQL's `2026-11-22 09:30:00.5+00` to `2026-11-22T09:30:00.500Z`. The offset
 * is always +00, because sessions run in UTC.
 */
export function toInstantFromText(text: string): Instant {
  const fraction = text.slice(20, -3);
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction.padEnd(3, '0')}Z` as Instant;
}

/** The characters of a sort key. An index entry is limited to about 2,700 bytes. */
export const SORT_KEY_LENGTH = 200;

/** The sort key of a folded text of any length. */
export function toSortKey(folded: SQLWrapper): SQL {
  return sql`left(${folded}, ${sql.raw(String(SORT_KEY_LENGTH))})`;
}
