import { ViewFrame, type ViewState } from '../../app/view-frame.tsx';
import type { ViewProps } from '../../app/view-props.ts';
import { useLiveFeed } from '../../data/live-feed.ts';
import { useQuery } from '../../data/use-query.ts';
import { toName } from '../../format/names.ts';
import { OutcomeBadge } from '../../parts/outcome.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { linkTo } from '../../routing/place.ts';
import { useZone } from '../../routing/zone.ts';
import { Neighbours } from './neighbours.tsx';
import { RunBlocks } from './run-blocks.tsx';
import { RunDocument, RunFeedDocument } from './run-documents.ts';
import { RunEvents } from './run-events.tsx';
import { RunFacts } from './run-facts.tsx';
import { RunVerdict } from './run-verdict.tsx';

/** One run: why it ended as it did, its facts, blocks and events, the runs before and after. */
export function RunView({ id }: ViewProps) {
  const zone = useZone();
  const { data, error, isLoading, reload } = useQuery(RunDocument, { runId: id });
  const run = isLoading && data?.automationRun?.runId !== id ? undefined : data?.automationRun;
  useLiveFeed({
    document: RunFeedDocument,
    toVariables: (after) => ({ runId: id, after }),
    cursor: data?.eventLog.headCursor,
    onDelivery({ automationRunEnded: { cursor } }) {
      reload();
      return cursor;
    },
    onLost: reload,
  });
  const state: ViewState = error ? 'error' : isLoading ? 'loading' : run ? 'ready' : 'not-found';
  return (
    <ViewFrame
      name="run"
      state={state}
      title={run ? toName(run.title || run.automation?.name, run.runId) : 'Run'}
      where={{ runId: { eq: id } }}
      switches={['range', 'zone']}
      beside={run && <OutcomeBadge outcome={run.outcome} text={run.statusName} />}
    >
      {error && <Failure error={error} onRetry={reload} />}
      {isLoading && !run && !error && <Loading />}
      {state === 'not-found' && (
        <Empty title="There is no run with this id">
          <p>
            <a href={linkTo('/runs')}>Show all runs</a>
          </p>
        </Empty>
      )}
      {run && (
        <>
          <Neighbours run={run} cursor={data?.place.edges[0]?.cursor} zone={zone} />
          <RunVerdict run={run} />
          <RunFacts run={run} zone={zone} />
          <RunBlocks run={run} />
          <RunEvents run={run} zone={zone} />
        </>
      )}
    </ViewFrame>
  );
}
