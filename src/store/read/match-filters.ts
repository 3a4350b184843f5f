import { getTableName, type Query, type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { toChunks } from '../../domain/chunks.ts';
import { LruCache } from '../../domain/lru-cache.ts';
import { toArrayText } from '../database/bulk.ts';
import type { TenantDatabase } from '../database/database.ts';
import { sendForValues, toQuery } from '../database/drizzle-internals.ts';
import { rowsOfKeys } from '../database/lookups.ts';
import { toHash } from '../tables/event-key.ts';
import { FrequentTexts } from './filters/frequent-texts.ts';
import { toRow } from './pages/select-rows.ts';

/** A table whose rows filters are matched against. */
export interface MatchTable {
  table: PgTable & { tenantId: PgColumn };
  /** Identifies a row within its tenant. */
  key: PgColumn;
  columns: Record<string, PgColumn>;
}

/** A row and, for each filter, whether the row matches it. Both come from one snapshot. */
export interface FilterMatch<Row> {
  row: Row;
  matches: boolean[];
}

/** A compiled filter and its cache key. */
export interface KeyedFilter {
  key: string;
  condition: SQL;
  /** The approximate number of conditions. */
  weight: number;
}

/** Longer keys are hashed, because the key is part of every cache key of the filter. */
const MAX_KEY = 200;

/** Adds the cache key to a compiled filter; undefined for no condition. */
export function toKeyed(where: unknown, condition: SQL | undefined): KeyedFilter | undefined {
  if (condition === undefined) return undefined;
  const text = JSON.stringify(where);
  return {
    condition,
    key: text.length > MAX_KEY ? toHash(text) : text,
    weight: 1 + toQuery(condition).params.length,
  };
}

/** Each filter with more weight has a statement of its own. */
const MAX_LIGHT = 50;
/**
 * The total weight of one statement. PostgreSQL takes 65,535 parameters, but each one costs time.
 */
const MAX_TOGETHER = 500;

/**
 * Groups filters by statement: light ones together, and heavy ones, which may take long, each
 * alone.
 */
export function groupForStatements(filters: readonly KeyedFilter[]): {
  light: KeyedFilter[][];
  heavy: KeyedFilter[];
} {
  const light = filters.filter(({ weight }) => weight <= MAX_LIGHT);
  return {
    light: toChunks(light, ({ weight }) => weight, MAX_TOGETHER),
    heavy: filters.filter(({ weight }) => weight > MAX_LIGHT),
  };
}

/** Statements kept in memory, because subscribers with filters repeat the same statement. */
const MAX_BUILT = 50;
const built = new LruCache<string, Query>(MAX_BUILT);
const frequent = new FrequentTexts({ times: 5, remembered: 100, most: 50 });

/**
 * Reads rows by their keys and matches compiled filters against each of them, with one statement.
 * Missing rows are left out.
 */
export async function matchFilters<Row>(
  { read, tenantId }: TenantDatabase,
  target: MatchTable,
  keys: readonly string[],
  filters: readonly KeyedFilter[],
): Promise<Map<string, FilterMatch<Row>>> {
  const query = toStatement(target, filters);
  // Only frequent statements are prepared, because a connection keeps each one.
  const name = frequent.record(query.sql) ? 'match' : undefined;
  const [names, columns] = [Object.keys(target.columns), Object.values(target.columns)];
  const toFilterMatch = ([key, matches, ...values]: readonly unknown[]): [string, FilterMatch<Row>] => {
    const row = toRow(names, columns, values) as Row;
    return [key as string, { row, matches: toFlags(matches as string) }];
  };
  const rows = await read((queries) =>
    sendForValues(queries, query, name, toFilterMatch, { tenantId, keys: toArrayText(keys) }),
  );
  return new Map(rows);
}

/** The statement that matches a list of filters; the tenant and the keys are placeholders. */
function toStatement({ table, key, columns }: MatchTable, filters: readonly KeyedFilter[]): Query {
  const name = [getTableName(table), ...filters.map((filter) => filter.key)].join('\n');
  const known = built.get(name);
  if (known !== undefined) return known;
  const conditions = filters.map(({ condition }) => condition);
  // The flags are selected as text, because the two drivers parse arrays differently.
  const selected = [
    sql`${key}::text`,
    sql`array[${sql.join(conditions, sql`, `)}]::boolean[]::text`,
    ...Object.values(columns),
  ];
  const from = rowsOfKeys(table, key, sql.placeholder('tenantId'), sql.placeholder('keys'));
  const query = toQuery(sql`select ${sql.join(selected, sql`, `)} from ${from}`);
  built.set(name, query);
  return query;
}

/** Parses `{t,f}`. */
function toFlags(text: string): boolean[] {
  const words = text.slice(1, -1);
  return words === '' ? [] : words.split(',').map((word) => word === 't');
}
