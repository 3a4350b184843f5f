import { getTableColumns } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';

type ColumnName<Table extends PgTable> = keyof Table['_']['columns'] & string;

/**
 * The columns that are copied between rows and facts, because both have them under one name:
 * all columns but `others`. A copied column without a fact does not compile where it is
 * copied, nor does a fact without a column.
 */
export function listColumnsBut<Table extends PgTable, Other extends ColumnName<Table>>(
  table: Table,
  others: readonly Other[],
): readonly Exclude<ColumnName<Table>, Other>[] {
  const isOther = new Set<string>(others);
  const names = Object.keys(getTableColumns(table)).filter((name) => !isOther.has(name));
  return names as Exclude<ColumnName<Table>, Other>[];
}

/** Copies columns from facts to a row. */
export function copyToRow<Name extends string, Facts extends Record<Name, unknown>, Row extends object>(
  names: readonly Name[],
  facts: Facts,
  row: Row,
): Row & Pick<Facts, Name> {
  const copied: Partial<Pick<Facts, Name>> = row;
  for (const name of names) copied[name] = facts[name];
  return copied as Row & Pick<Facts, Name>;
}

type FactOf<Value> = null extends Value ? Exclude<Value, null> | undefined : Value;

/** Copies columns from a row to facts. Null becomes undefined. */
export function copyFromRow<Name extends string, Row extends Record<Name, unknown>>(
  names: readonly Name[],
  row: Row,
): { [Column in Name]: FactOf<Row[Column]> } {
  const entries = names.map((name) => [name, row[name] ?? undefined]);
  return Object.fromEntries(entries) as { [Column in Name]: FactOf<Row[Column]> };
}
