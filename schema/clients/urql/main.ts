// npm start -- http://localhost:4000/graphql my-tenant
//
// Prints the pages of all runs, then statistics, then each run as it ends: one JSON text a line.
// This file is the same in each example; `client.ts` is what differs.

import { createRunsClient } from './client.ts';
import { followLog } from './follow-log.ts';

const [url = 'http://localhost:4000/graphql', tenantId = ''] = process.argv.slice(2);
const { readPage, readStatistics, subscribe } = createRunsClient({ url, tenantId, token: process.env.TOKEN });
const print = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

/** The status of each run that was printed. */
const printed = new Map<string, string | null>();

async function list(): Promise<string> {
  printed.clear();
  let headCursor: string | undefined;
  let after: string | null | undefined;
  do {
    const { eventLog, automationRuns } = await readPage(after ?? null);
    // The cursor of the first page: the later ones are ahead of what this page shows.
    headCursor ??= eventLog.headCursor;
    for (const { runId, status } of automationRuns.nodes) printed.set(runId, status);
    print({ page: automationRuns.nodes.map(({ runId }) => runId) });
    const { hasNextPage, endCursor } = automationRuns.pageInfo;
    after = hasNextPage ? endCursor : undefined;
  } while (after);
  const rows = await readStatistics();
  print({ statistics: rows.map(({ outcome, count }) => ({ outcome, count })) });
  return headCursor;
}

try {
  await followLog({
    list,
    subscribe,
    onEvent({ run: { runId, status } }) {
      // The list may contain the run already.
      if (printed.get(runId) === status) return;
      printed.set(runId, status);
      print({ ended: runId, status });
    },
  });
} catch (failure) {
  process.stderr.write(`${failure instanceof Error ? failure.message : JSON.stringify(failure)}\n`);
  process.exit(1);
}
