import { type SQL, sql } from 'drizzle-orm';
import { type AnyPgColumn, bigint, customType } from 'drizzle-orm/pg-core';
import type { Instant } from '../../domain/values/instant.ts';
import type { JsonValue } from '../../domain/values/json.ts';

/** An opaque id or name key, ordered by code point: one order on every PostgreSQL, whatever its locale. */
export const idText = customType<{ data: string; driverData: string }>({
  dataType: () => 'text collate "C"',
});

/** The tenant that a row belongs to: the first column of every key. */
export const tenantId = () => idText('tenant_id').notNull();

/** A count, a size, a duration or a position: a whole number that JavaScript can hold. */
export const count = (name: string) => bigint(name, { mode: 'number' });

/** A moment with milliseconds, the precision that JavaScript and cursors can hold. Sessions run in UTC. */
export const instant = customType<{ data: Instant; driverData: string }>({
  dataType: () => 'timestamp (3) with time zone',
  fromDriver: toInstantFromText,
});

/** JSON kept as the text that was written: key order, `\u0000` and all. */
export const jsonText = customType<{ data: JsonValue; driverData: unknown }>({
  dataType: () => 'json',
  toDriver: (value) => JSON.stringify(value),
  fromDriver: (value) => value as JsonValue,
});

/** PostgreSQL's `2026-11-22 09:30:00.5+00` as `2026-11-22T09:30:00.500Z`; sessions run in UTC, so the offset is always +00. */
export function toInstantFromText(text: string): Instant {
  const fraction = text.slice(20, -3);
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction.padEnd(3, '0')}Z` as Instant;
}

/** Characters of a text that it is sorted by, as an index entry must stay below some 2,700 bytes. */
export const SORT_KEY_LENGTH = 200;

/** What a folded text of any length is sorted by. */
export function toSortKey(folded: AnyPgColumn): SQL {
  return sql`left(${folded}, ${sql.raw(String(SORT_KEY_LENGTH))})`;
}
