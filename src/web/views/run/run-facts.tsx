import { toWords } from '../../format/names.ts';
import { formatBytes, formatCount, formatDuration, NONE } from '../../format/numbers.ts';
import { formatFullInstant } from '../../format/times.ts';
import { Fact } from '../../parts/fact.tsx';
import { linkTo } from '../../routing/place.ts';
import type { Run } from './run-documents.ts';

/** The facts of a run as terms and values. */
export function RunFacts({ run, zone }: { run: Run; zone: string }) {
  const time = (instant: string | null) => (instant === null ? NONE : formatFullInstant(instant, zone));
  const yes = (is: boolean | null) => (is === null ? NONE : is ? 'yes' : 'no');
  return (
    <section class="panel">
      <h2>Facts</h2>
      <dl class="facts">
        <Fact term="Run id">
          <code>{run.runId}</code>
        </Fact>
        <Fact term="Automation">
          {run.automationId === null ? (
            NONE
          ) : (
            <a href={linkTo('/runs', { automation: run.automationId })}>
              <code>{run.automationId}</code>
            </a>
          )}
        </Fact>
        <Fact term="Started by">{run.context ? toWords(run.contextName ?? run.context) : NONE}</Fact>
        <Fact term="Created">{time(run.createdAt)}</Fact>
        {run.scheduledStartTime !== null && <Fact term="Scheduled">{time(run.scheduledStartTime)}</Fact>}
        <Fact term="Started">{time(run.startTime)}</Fact>
        <Fact term="Stopped">{time(run.stopTime)}</Fact>
        <Fact term="Duration" value={run.durationMs}>
          {formatDuration(run.durationMs)}
        </Fact>
        <Fact term="Queued" value={run.queuedMs}>
          {formatDuration(run.queuedMs)}
        </Fact>
        <Fact term="API calls" value={run.totalApiCalls}>
          {formatCount(run.totalApiCalls)}
        </Fact>
        <Fact term="Received" value={run.network?.rxBytes ?? null}>
          {formatBytes(run.network?.rxBytes)}
        </Fact>
        <Fact term="Sent" value={run.network?.txBytes ?? null}>
          {formatBytes(run.network?.txBytes)}
        </Fact>
        <Fact term="Billable">{yes(run.billable)}</Fact>
        <Fact term="Test run">{yes(run.isTestRun)}</Fact>
        <Fact term="Executed by">{run.executedById ?? NONE}</Fact>
        <Fact term="Owner">{run.ownerId ?? NONE}</Fact>
        <Fact term="Space">{run.spaceId ?? NONE}</Fact>
      </dl>
    </section>
  );
}
