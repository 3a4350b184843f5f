import { followRuns } from './follow-runs.ts';

const [url = 'ws://localhost:4000/graphql', tenantId = '', after] = process.argv.slice(2);
const end = new AbortController();
process.once('SIGINT', () => end.abort());
process.once('SIGTERM', () => end.abort());

await followRuns({
  ...{ url, tenantId, signal: end.signal },
  ...(after !== undefined && { after }),
  onList: (runs) => console.log(JSON.stringify({ list: runs.map(({ runId }) => runId) })),
  onRun: (run, cursor) => console.log(JSON.stringify({ ...run, cursor })),
});
