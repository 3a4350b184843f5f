import { defaultFieldResolver, type GraphQLResolveInfo, isObjectType } from 'graphql';
import type { RunColumn, RunWith } from '../../store/read/automation-runs.ts';
import { listSelectedOfNodes } from '../connections/selection.ts';
import type { GraphContext } from '../context.ts';

/*
 * A list of runs reads only the columns that the selected fields need. Each field of a run states
 * its columns here, together with its resolver, whose run has just these columns and the keys.
 */

declare module 'graphql' {
  interface GraphQLFieldExtensions<_TSource, _TContext, _TArgs> {
    columns?: readonly RunColumn[];
  }
}

/** The options of a field that is computed from columns, to spread into `t.field`. */
export function fromColumns<const Column extends RunColumn, Result, Args = unknown>(
  columns: readonly Column[],
  resolve: (run: RunWith<Column>, args: Args, context: GraphContext) => Result,
) {
  return {
    extensions: { columns },
    resolve: resolve as (run: RunWith, args: Args, context: GraphContext) => Result,
  };
}

/** The options of a field that returns the column of its name. */
export function fromColumn<const Column extends RunColumn>(column: Column) {
  return fromColumns([column], defaultFieldResolver as (run: RunWith<Column>) => RunWith<Column>[Column]);
}

/** The columns of the fields that are selected of the nodes of a connection of runs. */
export function listRunColumns(info: GraphQLResolveInfo): Set<RunColumn> {
  const type = info.schema.getType('AutomationRun');
  if (!isObjectType(type)) throw new Error('There is no type AutomationRun.');
  const fields = type.getFields();
  const columns = new Set<RunColumn>();
  for (const name of listSelectedOfNodes(info)) {
    for (const column of fields[name]?.extensions.columns ?? []) columns.add(column);
  }
  return columns;
}
