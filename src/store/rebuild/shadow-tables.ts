import { sql } from 'drizzle-orm';
import type { Queries } from '../database/database.ts';
import { run } from '../database/statements.ts';
import { PROJECTION_VERSION } from '../tables/projection-tables.ts';
import { isNeededWhileFolding, listIndexes } from './indexes.ts';
import { type RebuildSession, SHADOW } from './open-session.ts';
import { makeProgressTable } from './progress.ts';
import { inSchema, PROJECTION_NAMES, PROJECTIONS } from './projections.ts';

const STATE = inSchema(SHADOW, 'rebuild_state');

/** Creates shadow tables, or finds those of an interrupted rebuild. Returns which. */
export async function openShadow(session: RebuildSession): Promise<'new' | 'resumed' | 'replaced'> {
  const fingerprint = await readFingerprint(session.queries, session.home);
  const found = await findShadow(session.queries);
  if (found === fingerprint) return 'resumed';
  await dropShadow(session);
  const indexes = await listIndexes(session.queries, session.home);
  await session.inShadow(async (transaction) => {
    const make = (statement: string) => run(transaction, sql.raw(statement));
    await make(`create schema ${SHADOW}`);
    for (const { name } of PROJECTIONS) {
      await run(
        transaction,
        sql`create table ${inSchema(SHADOW, name)} (like ${inSchema(session.home, name)} including all excluding indexes)`,
      );
    }
    for (const { statement } of indexes.filter(isNeededWhileFolding)) await make(statement);
    await makeProgressTable(transaction);
    await run(transaction, sql`create table ${STATE} (fingerprint text not null)`);
    await run(transaction, sql`insert into ${STATE} values (${fingerprint})`);
  });
  return found === undefined ? 'new' : 'replaced';
}

/** Drops the shadow tables, complete or not. Returns whether there were any. */
export async function dropShadow({ queries, inShadow }: RebuildSession): Promise<boolean> {
  const [row] = await run(queries, sql`select to_regnamespace(${SHADOW}) is not null as found`);
  if (row?.found !== true) return false;
  await inShadow((transaction) => run(transaction, sql.raw(`drop schema ${SHADOW} cascade`)), 'at once');
  return true;
}

/** Returns the fingerprint of an interrupted rebuild; undefined without one, '' if unknown. */
async function findShadow(queries: Queries): Promise<string | undefined> {
  const [row] = await run(
    queries,
    sql`select to_regnamespace(${SHADOW}) is not null as found, to_regclass(${`${SHADOW}.rebuild_state`}) is not null as has_state`,
  );
  if (row?.found !== true) return undefined;
  if (row.has_state !== true) return '';
  const [state] = await run(queries, sql`select fingerprint from ${STATE}`);
  return String(state?.fingerprint ?? '');
}

/** Returns whether the service's tables still have the shape of the shadow tables. */
export async function hasFingerprint(queries: Queries, home: string): Promise<boolean> {
  return (await findShadow(queries)) === (await readFingerprint(queries, home));
}

/**
 * Returns the projection version and a checksum of the definitions of the service's tables.
 * Shadow tables with another fingerprint must not replace the service's tables.
 */
async function readFingerprint(queries: Queries, home: string): Promise<string> {
  const [row] = await run(
    queries,
    sql`with tables as (
          select c.oid, relname from pg_class c join pg_namespace n on n.oid = relnamespace
          where nspname = ${home} and relname in (${PROJECTION_NAMES})),
        lines as (
          select concat_ws(' ', relname, row_number() over (partition by relname order by attnum), attname,
            format_type(atttypid, atttypmod), attcollation, attnotnull, pg_get_expr(adbin, adrelid)) as line
          from tables join pg_attribute on attrelid = tables.oid and attnum > 0 and not attisdropped
          left join pg_attrdef on adrelid = attrelid and adnum = attnum
          union all select pg_get_indexdef(indexrelid) from tables join pg_index on indrelid = oid
          union all select concat_ws(' ', relname, conname, pg_get_constraintdef(c.oid))
          from tables join pg_constraint c on conrelid = tables.oid and contype <> 'n')
        select md5(string_agg(line, chr(10) order by line collate "C")) as digest from lines`,
  );
  return `${PROJECTION_VERSION} ${row?.digest}`;
}
