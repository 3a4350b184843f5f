import type { SQL, SQLWrapper } from 'drizzle-orm';
import type { TenantDatabase } from '../../database/database.ts';
import { compileFilter, type FilterInput, type FilterSubject } from '../filters/filter.ts';
import { toBlockSubject, toFilterFields, toListRunIds, toRunSubject } from '../filters/filter-subjects.ts';
import { DURATION_FIELDS, isZeroIfEmpty, listStatsOrders } from '../subjects/aggregates.ts';
import { APP_RELOADS } from '../subjects/app-reloads.ts';
import { BLOCKS } from '../subjects/blocks.ts';
import { RUNS } from '../subjects/runs.ts';
import { listFieldsWith, type Subject, toColumn } from '../subjects/subject.ts';
import type { StatsSubject } from './stats-request.ts';
import { findTimeRange } from './time-range.ts';

type Where = FilterInput | null | undefined;

/** Creates the statistics of a subject's matching rows. */
function toStats(
  subject: Subject,
  toFields: (tenantId: string) => FilterSubject,
): (database: TenantDatabase, where: Where) => StatsSubject {
  const { table, statistics } = subject;
  if (statistics === undefined) throw new Error(`There are no statistics of ${subject.plural}.`);
  const groupings = listFieldsWith(subject, 'grouping').map(
    ([name, { column = name, toWord }, [grouping]]): [string, SQLWrapper] => {
      const value = toColumn(table, column);
      return [grouping, toWord === undefined ? value : toWord(value)];
    },
  );
  const aggregates = Object.entries(statistics.aggregates).flatMap(([name, aggregate]): [string, SQL][] =>
    aggregate.kind === 'durations'
      ? Object.entries(DURATION_FIELDS).map(([part, { toValue }]) => [
          `${name}.${part}`,
          toValue(aggregate.column),
        ])
      : [[name, aggregate.value]],
  );
  const described = {
    table,
    time: statistics.time,
    timeFilter: statistics.timeFilter.join('.'),
    groupings: Object.fromEntries(groupings),
    aggregates: Object.fromEntries(aggregates),
    zeroIfEmpty: new Set(
      Object.entries(statistics.aggregates).flatMap(([name, aggregate]) =>
        isZeroIfEmpty(aggregate) ? [name] : [],
      ),
    ),
    orders: Object.fromEntries(
      listStatsOrders(statistics.aggregates).map(({ name, ...order }) => [name, order]),
    ),
  };
  return (database, where) => ({
    ...described,
    database,
    where: compileFilter(where, toFields(database.tenantId)),
    range: findTimeRange(where, statistics.timeFilter),
  });
}

/** Statistics of the matching runs. */
export const toRunStats = toStats(RUNS, () => toRunSubject('join'));

/** Statistics of the matching blocks. */
export const toBlockStats = toStats(BLOCKS, (tenantId) => toBlockSubject('join', toListRunIds(tenantId)));

const reloadFields = toFilterFields(APP_RELOADS);

/** Statistics of the matching reloads. */
export const toAppReloadStats = toStats(APP_RELOADS, () => reloadFields);
