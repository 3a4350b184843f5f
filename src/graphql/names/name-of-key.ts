import type { NamedKind } from '../../domain/named-kind.ts';
import type { TypesOf } from '../builder.ts';
import { type StatsParent, toKey } from '../stats.ts';
import { describeName, findName } from './find-name.ts';

/** The field of a row of statistics with the name of the id that the row is grouped by. */
export function nameOfKey(
  t: PothosSchemaTypes.ObjectFieldBuilder<TypesOf, StatsParent>,
  kind: NamedKind,
  grouping: string,
  what: string,
) {
  return t.string({
    description: `${describeName(what).slice(0, -1)}, or unless grouped by ${grouping}.`,
    resolve: (stats, _args, context) =>
      findName(context, kind, stats.tenantId, toKey<string>(stats, grouping)),
  });
}
