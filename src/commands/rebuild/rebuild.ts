import { Misconfiguration } from '../../domain/misconfiguration.ts';
import { isTransient } from '../../store/database/failure.ts';
import type { DatabaseLocation } from '../../store/database/open-database.ts';
import { abandonRebuild, rebuildProjections } from '../../store/rebuild/rebuild-projections.ts';
import { openStatusLine } from '../console/status-line.ts';
import type { RebuildOptions } from './rebuild-options.ts';
import { isAlarming, toReportLines } from './report.ts';
import { showProgress } from './show-progress.ts';

/** Exit status of a rebuild that has finished and found a problem. */
const ALARMING = 2;

/**
 * Rebuilds, or drops an interrupted rebuild, and reports the result. Returns the exit status,
 * or 'interrupted'.
 */
export async function rebuild(
  location: DatabaseLocation,
  { isAbandoned }: RebuildOptions,
  signal: AbortSignal,
): Promise<number | 'interrupted'> {
  const status = openStatusLine();
  const say = (lines: readonly string[]) => void process.stdout.write(`${lines.join('\n')}\n`);
  const startedAt = performance.now();
  try {
    if (isAbandoned) {
      const found = await abandonRebuild(location);
      say([found ? 'The interrupted rebuild is deleted.' : 'There is no interrupted rebuild.']);
      return 0;
    }
    const listener = showProgress(status, process.stderr.isTTY);
    const report = await rebuildProjections(location, { listener, signal });
    status.clear();
    say(toReportLines(report, performance.now() - startedAt));
    return isAlarming(report) ? ALARMING : 0;
  } catch (failure) {
    status.clear();
    if (signal.aborted && failure === signal.reason) {
      status.print('Interrupted. Run it again to resume.');
      return 'interrupted';
    }
    if (!isTransient(failure)) throw failure;
    throw new Misconfiguration(['the connection to the database was lost; run it again to resume.'], failure);
  }
}
