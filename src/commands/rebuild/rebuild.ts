import { parseOptions } from 'qlik-event-graph-ingest/console/parse-options';
import { openStatusLine } from 'qlik-event-graph-ingest/console/status-line';
import { Misconfiguration } from '../../domain/misconfiguration.ts';
import { isTransient } from '../../store/database/failure.ts';
import type { DatabaseLocation } from '../../store/database/open-database.ts';
import { abandonRebuild, rebuildProjections } from '../../store/rebuild/rebuild-projections.ts';
import { hasProblem, toReportLines } from './report.ts';
import { showProgress } from './show-progress.ts';

export const REBUILD_USAGE = `npm run rebuild [-- --abandon]

Writes runs, blocks, automations, apps and reloads again from the log, into separate tables, and compares them with
those in use. If rows differ, it reports them and exchanges the tables. Facts of pruned events are copied as they are.
The service may run at the same time, but not on an embedded database. An interrupted rebuild resumes when it is run again.

  --abandon  deletes what an interrupted rebuild has left, and does nothing else

The database is that of DATABASE_URL, else of DATA_DIR, as for the service. Exit status: 0 done, and all rows agreed with
the log or an older version had written them; 2 done, and there was a problem; 1 not done; 130 interrupted (run it again
to resume).
`;

export interface RebuildOptions {
  isAbandoned: boolean;
}

/** Parses the command line; undefined if it asks for help. Throws a Misconfiguration. */
export function parseRebuildOptions(args: string[]): RebuildOptions | undefined {
  const { values } = parseOptions({
    args,
    options: { abandon: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
  });
  return values.help === true ? undefined : { isAbandoned: values.abandon };
}

/** Exit status of a rebuild that has finished and found a problem. */
const PROBLEM_STATUS = 2;

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
    return hasProblem(report) ? PROBLEM_STATUS : 0;
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
