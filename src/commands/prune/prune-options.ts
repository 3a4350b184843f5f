import { Misconfiguration } from '../../domain/misconfiguration.ts';
import { isId } from '../../domain/values/text.ts';
import { parseDurationOption, parseOptions } from '../console/parse-options.ts';

export const PRUNE_USAGE = `npm run prune -- --older-than 90d [--tenant T]... [--dry-run]

Drops what was sent for events received longer ago than that. Runs, blocks, automations, apps and reloads stay, and
so does the memory of ids: an old event that is sent again is still a DUPLICATE.

  --older-than 90d  in days, or weeks (w), hours (h), minutes (m), seconds (s)
  --tenant T        only this tenant's; may be given several times. Without it: every tenant's
  --dry-run         only tells how many events and bytes would go

The database is that of DATABASE_URL, else of DATA_DIR, as for the service. Exit status: 0 done, 1 not, 130 interrupted
(what is done is done; run it again to go on).
`;

/** What to prune. */
export interface PruneOptions {
  olderThanMs: number;
  /** None: every tenant. */
  tenantIds: readonly string[];
  isDryRun: boolean;
}

/** Reads the command line; undefined where only help is wanted. Throws a Misconfiguration. */
export function parsePruneOptions(args: string[]): PruneOptions | undefined {
  const { values } = parseOptions({
    args,
    options: {
      'older-than': { type: 'string' },
      tenant: { type: 'string', multiple: true, default: [] },
      'dry-run': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return undefined;
  const olderThan = values['older-than'];
  if (olderThan === undefined) {
    throw new Misconfiguration(['--older-than is missing: say how old, such as --older-than 90d.']);
  }
  const tenantIds = [...new Set(values.tenant)];
  if (!tenantIds.every(isId)) throw new Misconfiguration(['--tenant: this is no id of a tenant.']);
  return {
    olderThanMs: parseDurationOption('--older-than', olderThan),
    tenantIds,
    isDryRun: values['dry-run'],
  };
}
