import {
  toCountText,
  toDurationText,
  toEventsText,
  toPrintable,
} from 'qlik-event-graph-ingest/console/format';
import { toRate } from 'qlik-event-graph-ingest/console/progress-text';
import { isSame, type TableComparison } from '../../store/rebuild/compare-table.ts';
import type { RebuildReport } from '../../store/rebuild/rebuild-projections.ts';

/**
 * Returns the differences of a table in lines: their number and the first of them. Empty if
 * there are none.
 */
export function toComparisonLines(comparison: TableComparison): string[] {
  if (isSame(comparison)) return [];
  const { table, missing, surplus, different, examples } = comparison;
  const counts = [`${toCountText(missing)} missing`, `${toCountText(surplus)} surplus`];
  return [
    `${table}: ${counts.join(', ')}, ${toCountText(different)} different`,
    ...examples.map(({ kind, key, columns }) => {
      const named = Object.entries(key).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
      return toPrintable(`  ${kind}: ${[named.join(', '), columns.join(', ')].filter(Boolean).join(': ')}`);
    }),
  ];
}

/** Returns the report of a rebuild in lines. */
export function toReportLines(report: RebuildReport, elapsedMs: number): string[] {
  const { tables, events, reread, refused, pruned } = report;
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const rate = `${toCountText(toRate(events, elapsedMs))}/s`;
  const what = `${toEventsText(events)}, ${toCountText(rows)} rows, ${toDurationText(elapsedMs)}, ${rate}`;
  const lines = [`${toVerdict(report)} (${what}).`];
  if (pruned > 0)
    lines.unshift(`log: ${toEventsText(pruned)} pruned; their facts are copied without verification`);
  if (refused > 0)
    lines.unshift(
      `log: ${toEventsText(refused)} refused by this version; the projections contain nothing from them`,
    );
  if (reread > 0)
    lines.unshift(`log: ${toEventsText(reread)} had columns that this version reads differently; rewritten`);
  return lines;
}

function toVerdict({ agreed, outdated }: RebuildReport): string {
  if (agreed) return 'The log and the projections agree';
  if (outdated) return 'An older version had built the projections; they are rebuilt';
  return 'The projections did not agree with the log and now do';
}

/**
 * Returns whether the report contains a problem. Rows of an older version may differ.
 */
export function hasProblem({ agreed, outdated, reread, refused }: RebuildReport): boolean {
  return refused > 0 || ((!agreed || reread > 0) && !outdated);
}
