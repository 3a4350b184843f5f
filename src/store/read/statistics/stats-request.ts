import { eq, type SQL, type SQLWrapper } from 'drizzle-orm';
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core';
import type { Instant } from '../../../domain/values/instant.ts';
import type { TenantDatabase } from '../../database/database.ts';
import type { OrderInput } from '../pages/order.ts';
import type { TimeInterval } from './time-bucket.ts';
import type { TimeRange } from './time-range.ts';

/** The rows of statistics, and their groupings and aggregates. */
export interface StatsSubject {
  database: TenantDatabase;
  table: PgTable & { tenantId: PgColumn };
  /** Selects the wanted rows of the tenant; undefined for all of them. */
  where: SQL | undefined;
  /** The instant that assigns a row to a bucket. An index of it begins with the tenant. */
  time: SQLWrapper;
  groupings: Readonly<Record<string, SQLWrapper>>;
  /** Aggregates by name. `count` is always computed. */
  aggregates: Readonly<Record<string, SQL>>;
  /** The aggregates that are 0 in an empty bucket; the others are null. */
  zeroIfEmpty: ReadonlySet<string>;
  /** What rows can be ordered by, beside their bucket and their count. */
  orders: Readonly<Record<string, StatsOrder>>;
  /** The time to which the request limits the rows; undefined if a side is open. */
  range: TimeRange | undefined;
  /** The path of the filter that limits the time, for messages. */
  timeFilter: string;
}

/** An aggregate to order by. */
export interface StatsOrder {
  value: SQL;
  /** Whether an empty bucket has 0 and not null. */
  isZeroIfEmpty: boolean;
}

export interface StatsRequest {
  groupBy: readonly string[];
  interval: TimeInterval | undefined;
  timeZone: string;
  /**
   * The most rows to return. By default the newest buckets come first and, within a bucket, the
   * largest counts. Undefined returns all rows, at most `STATS_SIZE.default`.
   */
  first: number | undefined;
  /** Precedes the default order, which breaks ties. */
  orderBy: readonly OrderInput[];
  /** Whether every bucket of the range has a row for each group. */
  fill: boolean;
  /** Names of the aggregates to compute. An unknown name throws. */
  wanted: readonly string[];
}

/** One row: its group keys, and aggregates as the driver returns them (sums as text). */
export interface StatsRow {
  bucketStart: Instant | undefined;
  keys: Readonly<Record<string, string | boolean | null>>;
  count: number;
  aggregates: Readonly<Record<string, unknown>>;
}

/**
 * The most rows without `first`, and the largest `first`. More rows without `first` are refused, so
 * no caller mistakes a part for the whole.
 */
export const STATS_SIZE = { default: 1_000, max: 10_000 } as const;

/** Selects all rows of the tenant. */
export function isOfTenant({ database, table }: StatsSubject): SQL {
  return eq(table.tenantId, database.tenantId);
}
