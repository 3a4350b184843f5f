import { parseOptions } from '../console/parse-options.ts';

export const REBUILD_USAGE = `npm run rebuild [-- --abandon]

Makes runs, blocks, automations, apps and reloads anew from the log, beside those that are read, and compares them. Where
they differ it says so, and puts the new ones in the place of the old. What was read from pruned events is taken over as it
stands. The service may run meanwhile, but not on an embedded database. Cut short, it goes on where it stopped when
it is run again.

  --abandon  takes away what a rebuild that was cut short has left, and does nothing else

The database is that of DATABASE_URL, else of DATA_DIR, as for the service. Exit status: 0 done, and all was as the log
tells, or as an older version read it; 2 done, and something was not; 1 not done; 130 interrupted (run it again to go on).
`;

/** What to do about a rebuild. */
export interface RebuildOptions {
  isAbandoned: boolean;
}

/** Reads the command line; undefined where only help is wanted. Throws a Misconfiguration. */
export function parseRebuildOptions(args: string[]): RebuildOptions | undefined {
  const { values } = parseOptions({
    args,
    options: { abandon: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } },
  });
  return values.help === true ? undefined : { isAbandoned: values.abandon };
}
