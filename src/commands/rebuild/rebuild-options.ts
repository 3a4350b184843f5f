import { parseOptions } from '../console/parse-options.ts';

export const REBUILD_USAGE = `npm run rebuild [-- --abandon]

Writes runs, blocks, automations, apps and reloads again from the log, into separate tables, and compares them with
those in use. If rows differ, it reports them and exchanges the tables. Facts of pruned events are copied as they are.
The service may run at the same time, but not on an embedded database. An interrupted rebuild resumes when it is run again.

  --abandon  deletes what an interrupted rebuild has left, and does nothing else

The database is that of DATABASE_URL, else of DATA_DIR, as for the service. Exit status: 0 done, and all rows agreed with
the log or an older version had written them; 2 done, and there was a problem; 1 not done; 130 interrupted (run it again
to resume).
`;

/** The options of a rebuild. */
export interface RebuildOptions {
  isAbandoned: boolean;
}

/**
 * Parses the command line. Returns undefined if it asks for help. Throws a Misconfiguration.
 */
export function parseRebuildOptions(args: string[]): RebuildOptions | undefined {
  const { values } = parseOptions({
    args,
    options: { abandon: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
  });
  return values.help === true ? undefined : { isAbandoned: values.abandon };
}
