import { and, sql } from 'drizzle-orm';
import { Refusal } from '../../../domain/refusal.ts';
import { toTextArray } from '../../database/bulk.ts';
import { run } from '../../database/statements.ts';
import { type Question, requireFew, tooManyRows, toQuestion } from './stats-question.ts';
import { STATS_SIZE, type StatsRequest, type StatsRow, type StatsSubject } from './stats-request.ts';
import {
  type StatsParents,
  toAnswer,
  toGroups,
  toKeyName,
  toOrderBy,
  toValueName,
} from './stats-statement.ts';

/** The most rows of all parents together. */
const MAX_ROWS_OF_PARENTS = 10_000;

/**
 * Computes statistics. Throws BAD_USER_INPUT for a wrong `first` or time zone, for too many orders,
 * and for `fill` without an interval or a range. Throws TOO_MANY_GROUPS for more than 1,000 rows
 * without `first`, and for a range with too many buckets.
 */
export async function readStats(subject: StatsSubject, request: StatsRequest): Promise<StatsRow[]> {
  const question = await toQuestion(subject, request, undefined);
  const groups = toGroups(subject, question, undefined);
  const statement = sql`select ${toAnswer(question)} from (${groups}) as grouped
    ${toOrderBy(question)} limit ${question.limit}`;
  const found = await subject.database.read((queries) => run<Found>(queries, statement));
  requireFewGroups(found, question);
  return toStatsRows(found, question);
}

/**
 * Computes the statistics of several parents with one statement; parents without rows are left out.
 * A parent with more than 1,000 rows without `first` has a TOO_MANY_GROUPS of its own. Throws
 * TOO_MANY_GROUPS for more than 10,000 rows of all of them, and otherwise as `readStats`.
 */
export async function readStatsOf(
  subject: StatsSubject,
  parents: StatsParents,
  request: StatsRequest,
): Promise<Map<string, StatsRow[] | Refusal>> {
  const question = await toQuestion(subject, request, parents.ids.length);
  const where = and(subject.where, sql`${parents.column} = any(${toTextArray(parents.ids)})`);
  const groups = toGroups({ ...subject, where }, question, parents);
  const statement = sql`select ${toAnswer(question)} from (
      select *, row_number() over (partition by parent ${toOrderBy(question)}) as place from (${groups}) as grouped
    ) as ranked where place <= ${question.limit} order by place limit ${MAX_ROWS_OF_PARENTS + 1}`;
  const found = await subject.database.read((queries) => run<Found>(queries, statement));
  requireFewGroups(found, question);
  if (found.length > MAX_ROWS_OF_PARENTS) {
    const message = `The parents of this field have more than ${MAX_ROWS_OF_PARENTS} rows together: pass a smaller \`first\`, or ask for fewer parents.`;
    throw new Refusal('TOO_MANY_GROUPS', message);
  }
  const byParent = new Map<string, Found[]>();
  for (const row of found) {
    const id = String(row.parent);
    const rows = byParent.get(id);
    if (rows === undefined) byParent.set(id, [row]);
    else rows.push(row);
  }
  return new Map([...byParent].map(([id, rows]) => [id, toRowsOfParent(rows, question)]));
}

/** The statistics of a parent without rows: one empty row if they are not grouped. */
export function toEmptyStats({ groupBy, interval, wanted }: StatsRequest): StatsRow[] {
  if (groupBy.length > 0 || interval !== undefined) return [];
  const aggregates = Object.fromEntries(wanted.map((name) => [name, null]));
  return [{ bucketStart: undefined, keys: {}, count: 0, aggregates }];
}

type Found = Readonly<Record<string, unknown>>;

/** Throws TOO_MANY_GROUPS if the statement did not fill the buckets of so many groups. */
function requireFewGroups([row]: readonly Found[], { filling }: Question): void {
  if (filling !== undefined && row !== undefined) requireFew(filling, Number(row.groups));
}

function toRowsOfParent(rows: readonly Found[], question: Question): StatsRow[] | Refusal {
  try {
    return toStatsRows(rows, question);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function toStatsRows(rows: readonly Found[], { groupBy, bucketing, first, wanted }: Question): StatsRow[] {
  if (first === undefined && rows.length > STATS_SIZE.default) throw tooManyRows();
  return rows.map((row) => ({
    bucketStart: bucketing?.toStart(Number(row.bucket_seconds)),
    keys: Object.fromEntries(
      groupBy.map((name, index) => [name, row[toKeyName(index)] as string | boolean | null]),
    ),
    count: Number(row.count),
    aggregates: Object.fromEntries(wanted.map((name, index) => [name, row[toValueName(index)]])),
  }));
}
