import { type SQL, sql } from 'drizzle-orm';
import { getTableConfig } from 'drizzle-orm/pg-core';
import { join } from '../database/bulk.ts';
import { appReloads, apps, automationRuns, automations, blocks } from '../tables/projection-tables.ts';

/** The name and type of a column. */
export interface ProjectionColumn {
  name: string;
  /** The type that a text is cast to for comparing. */
  type: string;
}

/** A table that is a function of the log. */
export interface ProjectionTable {
  name: string;
  key: readonly ProjectionColumn[];
  columns: readonly ProjectionColumn[];
}

/** The tables that a rebuild creates from the log. */
export const PROJECTIONS: readonly ProjectionTable[] = [
  automations,
  automationRuns,
  blocks,
  apps,
  appReloads,
].map((table) => {
  const { name, columns: all, primaryKeys } = getTableConfig(table);
  const columns = all.map((column) => ({
    name: column.name,
    type: column.getSQLType().replace(' collate "C"', ''),
  }));
  const keyNames = primaryKeys.flatMap((key) => key.columns.map((column) => column.name));
  return {
    name,
    columns,
    key: keyNames.flatMap((keyName) => columns.find((column) => column.name === keyName) ?? []),
  };
});

/** The names of the tables as a list for SQL. */
export const PROJECTION_NAMES: SQL = join(PROJECTIONS.map(({ name }) => sql`${name}`));

/** Names a table with its schema, independent of the search path. */
export function inSchema(schema: string, table: string): SQL {
  return sql`${sql.identifier(schema)}.${sql.identifier(table)}`;
}
