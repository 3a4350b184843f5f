import { and, type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { join, toArrayText, toTextArray } from '../../database/bulk.ts';
import type { Filling, Question } from './stats-question.ts';
import { isOfTenant, type StatsSubject } from './stats-request.ts';

/** The parents of which each has statistics of its own. */
export interface StatsParents {
  column: SQLWrapper;
  ids: readonly string[];
}

type Column = [name: string, value: SQLWrapper];

/** The column of a row's bucket, key, aggregate or order in the statement. */
export const toKeyName = (index: number) => `key_${index}`;
export const toValueName = (index: number) => `value_${index}`;
const toOrderName = (index: number) => `order_${index}`;

/** Returns the statement that groups and aggregates, and adds the empty buckets if wanted. */
export function toGroups(subject: StatsSubject, question: Question, parents: StatsParents | undefined): SQL {
  const { bucketing, groupBy, wanted, orders, filling } = question;
  const places: Column[] = [
    ...(parents === undefined ? [] : [['parent', parents.column] satisfies Column]),
    ...groupBy.map(
      (name, index): Column => [toKeyName(index), requireNamed(subject.groupings, name, 'grouping')],
    ),
  ];
  const grouped: Column[] = bucketing === undefined ? places : [['bucket', bucketing.key], ...places];
  const values: Column[] = [
    ['count', sql`count(*)`],
    ...wanted.map((name, index): Column => {
      return [toValueName(index), requireNamed(subject.aggregates, name, 'aggregate')];
    }),
    ...orders.flatMap(({ own }, index): Column[] =>
      own === undefined ? [] : [[toOrderName(index), own.value]],
    ),
  ];
  const selected = [...grouped, ...values].map(([name, value]) => sql`${value} as ${sql.identifier(name)}`);
  const rows = sql`select ${join(selected)} from ${subject.table} where ${and(isOfTenant(subject), subject.where)}`;
  const found = grouped.length > 0 ? sql`${rows} group by ${toPlaces(grouped)}` : rows;
  if (filling === undefined) return found;
  const zeros = new Set([
    ...wanted.flatMap((name, index) => (subject.zeroIfEmpty.has(name) ? [toValueName(index)] : [])),
    ...orders.flatMap(({ own }, index) => (own?.isZeroIfEmpty ? [toOrderName(index)] : [])),
  ]);
  const names = { grouped: toNames(grouped), places: toNames(places), values: toNames(values), zeros };
  return addEmptyBuckets(found, names, question, filling, parents);
}

/** By position: the same parameter written twice would count as two expressions. */
function toPlaces(columns: readonly Column[]): SQL {
  return join(columns.map((_, index) => sql.raw(String(index + 1))));
}

const toNames = (columns: readonly Column[]) => columns.map(([name]) => name);
const toList = (names: readonly string[]) => join(names.map((name) => sql.identifier(name)));

/**
 * Adds a row for each bucket and group without one. The groups are those that occur; without
 * `groupBy`, each parent is a group. Rows with and without data are united and grouped again, which
 * treats null keys as equal. PostgreSQL evaluates the limit once, before it makes a row.
 */
function addEmptyBuckets(
  found: SQL,
  names: { grouped: string[]; places: string[]; values: string[]; zeros: ReadonlySet<string> },
  { groupBy }: Question,
  { fromSeconds, seconds, most }: Filling,
  parents: StatsParents | undefined,
): SQL {
  const known =
    parents === undefined
      ? sql`select 1 as known`
      : sql`select unnest(${toTextArray(parents.ids)}) collate "C" as parent`;
  const groups = groupBy.length > 0 ? sql`select distinct ${toList(names.places)} from grouped` : known;
  const empty = join([
    fromSeconds(sql`filled.seconds`),
    ...names.places.map((name) => sql`groups.${sql.identifier(name)}`),
    ...names.values.map((name) => sql.raw(name === 'count' ? '0' : 'null')),
  ]);
  // Of each bucket and group, at most one row has a value. A sum may be null where there are rows.
  const values = names.values.map((name) => {
    const value = sql`max(${sql.identifier(name)})`;
    const filled = names.zeros.has(name) ? sql`case when max(count) > 0 then ${value} else 0 end` : value;
    return sql`${filled} as ${sql.identifier(name)}`;
  });
  return sql`with grouped as (${found}), groups as (${groups}),
    rows as (select ${toList([...names.grouped, ...names.values])} from grouped union all
      select ${empty} from groups cross join unnest(${toArrayText(seconds)}::bigint[]) as filled(seconds)
      where (select count(*) from groups) * ${sql.raw(String(seconds.length))} <= ${sql.raw(String(most))})
    select ${join([toList(names.grouped), ...values])}, (select count(*) from groups) as groups
    from rows group by ${toList(names.grouped)}`;
}

/** A grouping or aggregate by name. Throws for an unknown one, which is a fault of the schema. */
function requireNamed<Value>(values: Readonly<Record<string, Value>>, name: string, kind: string): Value {
  const value = values[name];
  if (value === undefined) throw new Error(`There is no ${kind} ${name}.`);
  return value;
}

/** Orders as requested, then by newest bucket, by largest count, and by keys. */
export function toOrderBy({ groupBy, bucketing, orders }: Question): SQL {
  const requested = orders.map(({ own, column, direction }, index) => {
    const name = sql.identifier(own === undefined ? column : toOrderName(index));
    return sql`${name} ${sql.raw(direction === 'ASC' ? 'asc' : 'desc')} nulls last`;
  });
  const order = [
    ...requested,
    ...(bucketing === undefined ? [] : [sql`bucket desc`]),
    sql`count desc`,
    // By code point, so the order does not depend on the locale of the database.
    ...groupBy.map((_, index) => sql`${sql.identifier(toKeyName(index))}::text collate "C" asc nulls last`),
  ];
  return sql`order by ${join(order)}`;
}

/**
 * Returns the columns to read. Buckets are read as seconds, which are independent of DateStyle and
 * TimeZone.
 */
export function toAnswer({ bucketing }: Question): SQL {
  return bucketing === undefined ? sql`*` : sql`*, date_part('epoch', bucket)::bigint as bucket_seconds`;
}
