import { isSame, type TableComparison } from '../../store/rebuild/compare-table.ts';
import type { RebuildReport } from '../../store/rebuild/rebuild-projections.ts';
import { toCountText, toDurationText, toEventsText, toPrintable } from '../console/format.ts';
import { toRate } from '../console/progress-text.ts';

/** What was found in a table's rows: how many are not what the log tells, and the first of them. None where all are. */
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

/** What a rebuild has found and done, in lines. */
export function toReportLines(report: RebuildReport, elapsedMs: number): string[] {
  const { tables, events, reread, refused, pruned } = report;
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const rate = `${toCountText(toRate(events, elapsedMs))}/s`;
  const what = `${toEventsText(events)}, ${toCountText(rows)} rows, ${toDurationText(elapsedMs)}, ${rate}`;
  const lines = [`${toVerdict(report)} (${what}).`];
  if (pruned > 0)
    lines.unshift(`log: ${toEventsText(pruned)} pruned; what was read from them is taken over unverified`);
  if (refused > 0)
    lines.unshift(`log: ${toEventsText(refused)} refused by this version, which tell nothing now`);
  if (reread > 0)
    lines.unshift(`log: ${toEventsText(reread)} had columns that this version reads otherwise; mended`);
  return lines;
}

function toVerdict({ agreed, outdated }: RebuildReport): string {
  if (agreed) return 'The log and the projections agree';
  if (outdated) return 'The projections were of an older version, and are of this one now';
  return 'The projections did not agree with the log, and do now';
}

/** Tells whether there is something to look at: what differs because of an older version had to differ. */
export function isAlarming({ agreed, outdated, reread, refused }: RebuildReport): boolean {
  return refused > 0 || ((!agreed || reread > 0) && !outdated);
}
