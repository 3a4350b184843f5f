import { parseDurationOption, parseOptions } from 'qlik-event-graph-ingest/console/parse-options';
import { UsageError } from 'qlik-event-graph-ingest/console/usage-error';
import { isId } from '../../domain/values/text.ts';

export const PRUNE_USAGE = `npm run prune -- --older-than 90d [--tenant T]... [--dry-run]

Deletes the bodies of events that were received longer ago. Runs, blocks, automations, apps and reloads stay, and
so do the ids: an old event that is sent again is still a DUPLICATE.

  --older-than 90d  an age in days (d), weeks (w), hours (h), minutes (m) or seconds (s)
  --tenant T        prunes only this tenant; may be repeated. Default: every tenant
  --dry-run         only reports how many events and bytes would be pruned

The database is that of DATABASE_URL, else of DATA_DIR, as for the service. Exit status: 0 done, 1 not done, 130 interrupted
(pruned events stay pruned; run it again to resume).
`;

export interface PruneOptions {
  olderThanMs: number;
  /** Empty: every tenant. */
  tenantIds: readonly string[];
  isDryRun: boolean;
}

/** Parses the command line; undefined if it asks for help. Throws a UsageError. */
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
    throw new UsageError(['--older-than is missing: pass an age, such as --older-than 90d.']);
  }
  const tenantIds = [...new Set(values.tenant)];
  if (!tenantIds.every(isId)) throw new UsageError(['--tenant: this is not a tenant id.']);
  return {
    olderThanMs: parseDurationOption('--older-than', olderThan),
    tenantIds,
    isDryRun: values['dry-run'],
  };
}
