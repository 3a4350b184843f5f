import { useNow } from '../../app/use-now.ts';
import { toName, toWords } from '../../format/names.ts';
import { formatDuration } from '../../format/numbers.ts';
import { formatAgo, formatInstant } from '../../format/times.ts';
import { OutcomeIcon } from '../../parts/outcome.tsx';
import { linkTo } from '../../routing/place.ts';
import { findReasons } from '../run/find-reasons.ts';
import type { AutomationData } from './automation-documents.ts';

type Automation = NonNullable<AutomationData['automation']>;

/** How the last run ended and why, with the link to it. */
export function LastRun({ automation, zone }: { automation: Automation; zone: string }) {
  const now = useNow();
  const { lastRun, lastFailed } = automation;
  if (lastRun === null) return null;
  const { runId, outcome, status, statusName, occurredAt, durationMs } = lastRun;
  const isGood = outcome === 'SUCCESS';
  const [reason] = isGood ? [] : findReasons(lastRun.events.nodes.map(({ raw }) => raw));
  const [failed] = lastFailed.nodes;
  return (
    <section class={`panel verdict ${outcome.toLowerCase()}`} data-testid="last-run-verdict">
      <OutcomeIcon outcome={outcome} />
      <div>
        <h2>
          Last run: {toWords(statusName || status)}
          {durationMs !== null && ` after ${formatDuration(durationMs)}`}
          <span class="muted"> · {formatAgo(occurredAt, now)}</span>
        </h2>
        {reason && (
          <p>
            <b>{reason.text}</b>
          </p>
        )}
        <p>
          <a href={linkTo(`/runs/${encodeURIComponent(runId)}`)} data-testid="last-run" data-run-id={runId}>
            {isGood ? 'Show the run' : 'Why? Show the run'} “{toName(lastRun.title, runId)}”
          </a>
          {lastRun.ownerId !== null && (
            <span class="muted"> · owner {toName(lastRun.ownerName, lastRun.ownerId)}</span>
          )}
          {lastRun.spaceId !== null && (
            <span class="muted"> · space {toName(lastRun.spaceName, lastRun.spaceId)}</span>
          )}
          {failed && failed.runId !== runId && (
            <>
              {' · '}
              <a
                href={linkTo(`/runs/${encodeURIComponent(failed.runId)}`)}
                data-testid="last-failed-run"
                data-run-id={failed.runId}
              >
                Last failed run, {formatInstant(failed.occurredAt, zone)}
              </a>
            </>
          )}
        </p>
      </div>
    </section>
  );
}
