import { readStats } from '../../store/read/statistics/stats.ts';
import { toBlockStats } from '../../store/read/statistics/stats-subjects.ts';
import { BLOCKS } from '../../store/read/subjects/blocks.ts';
import { builder } from '../builder.ts';
import { whereArg } from '../connections/page-args.ts';
import { requireReader } from '../context.ts';
import { BlockFilterRef } from '../filters/filters.ts';
import { statsType, toStatsRequest } from '../stats.ts';

const BlockStats = statsType(BLOCKS);

builder.queryField('blockStats', (t) =>
  t.field({
    ...BlockStats.field,
    description: 'Counts, sums and percentiles over exactly the blocks that blocks(where:) lists.',
    args: { ...whereArg(t.arg, BlockFilterRef), ...BlockStats.args(t.arg) },
    resolve: async (_root, { where, ...args }, context, info) => {
      const tenantId = await requireReader(context);
      const subject = toBlockStats(tenantId, where);
      const rows = await readStats(context.database, subject, toStatsRequest(subject, args, info));
      return rows.map((row) => ({ tenantId, row }));
    },
  }),
);
