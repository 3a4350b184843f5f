import { getTableName, type Query, type SQL, sql } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { toChunks } from '../../domain/chunks.ts';
import { LruCache } from '../../domain/lru-cache.ts';
import { type Database, toQuery } from '../database/database.ts';
import { isOfTenant, toArrayText } from '../database/recordset.ts';
import { toHash } from '../tables/event-key.ts';
import { FrequentTexts } from './filters/frequent-texts.ts';
import { toRow } from './pages/select-rows.ts';

/** Rows of a tenant that filters are judged on. */
export interface JudgedTable {
  table: PgTable & { tenantId: PgColumn };
  /** Finds a row within its tenant. */
  key: PgColumn;
  /** What is read of a row. */
  columns: Record<string, PgColumn>;
}

/** A row, and for each of some filters whether the row matches it: both from one snapshot. */
export interface Judgement<Row> {
  row: Row;
  matches: boolean[];
}

/** A compiled filter, and what tells it from others. */
export interface KeyedFilter {
  key: string;
  condition: SQL;
  /** About the conditions that it has. */
  weight: number;
}

/** Longer names of filters are hashed: the name is part of the key of everything that is kept of a filter. */
const MAX_KEY = 200;

/** Names a filter that is compiled; undefined for no condition. */
export function toKeyed(where: unknown, condition: SQL | undefined): KeyedFilter | undefined {
  if (condition === undefined) return undefined;
  const text = JSON.stringify(where);
  return {
    condition,
    key: text.length > MAX_KEY ? toHash(text) : text,
    weight: 1 + toQuery(condition).params.length,
  };
}

/** Filters that weigh more are judged by statements of their own. */
const MAX_LIGHT = 50;
/** What the filters of one statement may weigh together; PostgreSQL takes 65,535 parameters, but they cost time as well. */
const MAX_TOGETHER = 500;

/** Cuts filters into lists that one statement judges: light ones together, and the heavy ones, which may take long, each alone. */
export function toJudgeable(filters: readonly KeyedFilter[]): {
  light: KeyedFilter[][];
  heavy: KeyedFilter[];
} {
  const light = filters.filter(({ weight }) => weight <= MAX_LIGHT);
  return {
    light: toChunks(light, ({ weight }) => weight, MAX_TOGETHER),
    heavy: filters.filter(({ weight }) => weight > MAX_LIGHT),
  };
}

/** Statements that are kept once they are built: subscribers with filters ask the same again and again. */
const MAX_BUILT = 50;
const built = new LruCache<string, Query>(MAX_BUILT);
const frequent = new FrequentTexts({ times: 5, remembered: 100, most: 50 });

/** Reads rows by their keys and judges compiled filters on each of them, however many, with one statement; a row that is not there is missing. */
export async function judgeRows<Row>(
  database: Database,
  judged: JudgedTable,
  tenantId: string,
  keys: readonly string[],
  filters: readonly KeyedFilter[],
): Promise<Map<string, Judgement<Row>>> {
  const query = toJudging(judged, filters);
  // Rows are found by their keys, so one plan suits all; but there are more lists of filters than a connection should remember.
  const name = frequent.meet(query.sql) ? 'judge' : undefined;
  const [names, columns] = [Object.keys(judged.columns), Object.values(judged.columns)];
  const toJudgement = ([key, matches, ...values]: unknown[]): [string, Judgement<Row>] => {
    const row = toRow(names, columns, values) as Row;
    return [key as string, { row, matches: toFlags(matches as string) }];
  };
  const rows = await database.read((queries) =>
    queries._.session
      .prepareQuery(query, undefined, name, true, (found: unknown[][]) => found.map(toJudgement))
      .execute({ tenantId, keys: toArrayText(keys) }),
  );
  return new Map(rows as [string, Judgement<Row>][]);
}

/** The statement that judges a list of filters; the tenant and the keys are placeholders. */
function toJudging({ table, key, columns }: JudgedTable, filters: readonly KeyedFilter[]): Query {
  const name = [getTableName(table), ...filters.map((filter) => filter.key)].join('\n');
  const known = built.get(name);
  if (known !== undefined) return known;
  const type = sql.raw(key.getSQLType().replace(' collate "C"', ''));
  const conditions = filters.map(({ condition }) => condition);
  // The flags as a text: arrays are read otherwise by each driver.
  const selected = [
    sql`${key}::text`,
    sql`array[${sql.join(conditions, sql`, `)}]::boolean[]::text`,
    ...Object.values(columns),
  ];
  const query = toQuery(sql`select ${sql.join(selected, sql`, `)} from ${table}
    where ${isOfTenant(table.tenantId, sql.placeholder('tenantId'))} and ${key} = any(${sql.placeholder('keys')}::${type}[])`);
  built.set(name, query);
  return query;
}

/** `{t,f}` as flags. */
function toFlags(text: string): boolean[] {
  const words = text.slice(1, -1);
  return words === '' ? [] : words.split(',').map((word) => word === 't');
}
