import { toCountText } from 'qlik-event-graph-ingest/console/format';
import { toProgressText } from 'qlik-event-graph-ingest/console/progress-text';
import type { StatusLine } from 'qlik-event-graph-ingest/console/status-line';
import type { TableComparison } from '../../store/rebuild/compare-table.ts';
import type { RebuildListener, RebuildStep } from '../../store/rebuild/rebuild.ts';
import { toComparisonLines } from './report.ts';

/**
 * Shows the progress of a rebuild: a line per step, the progress within a step on the status
 * line, and findings on standard output. `now` returns milliseconds.
 */
export function showProgress(
  status: StatusLine,
  hasBar: boolean,
  now: () => number = () => performance.now(),
): RebuildListener {
  let step: (RebuildStep & { count: number; startedAt: number }) | undefined;
  const toText = () => {
    if (step === undefined) return '';
    const { name, noun, total, done, count, startedAt } = step;
    const elapsedMs = now() - startedAt;
    const progress = { noun, count, total, done: done + count, doneNow: count, elapsedMs };
    return `${name}: ${toProgressText(progress, undefined, hasBar)}`;
  };
  return {
    say: (line) => status.print(line),
    begin(next) {
      status.clear();
      status.print(`${next.name}: ${toCountText(next.total - next.done)} ${next.noun}`);
      step = { ...next, count: 0, startedAt: now() };
    },
    advance(count) {
      if (step === undefined) return;
      step.count += count;
      status.update(toText);
    },
    compared(table: TableComparison) {
      const lines = toComparisonLines(table);
      if (lines.length === 0) return;
      status.clear();
      process.stdout.write(`${lines.join('\n')}\n`);
    },
  };
}
