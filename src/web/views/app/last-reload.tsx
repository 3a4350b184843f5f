import { useNow } from '../../app/use-now.ts';
import { toWords } from '../../format/names.ts';
import { formatDuration } from '../../format/numbers.ts';
import { formatAgo } from '../../format/times.ts';
import { OutcomeIcon, toReloadOutcome } from '../../parts/outcome.tsx';
import { toErrorText } from '../apps/app-row.tsx';
import type { App } from './app-documents.ts';

const MOST_CHARACTERS = 1_000;

/** How the last reload ended and why. */
export function LastReload({ app: { lastReload } }: { app: App }) {
  const now = useNow();
  if (lastReload === null) return null;
  const { status, occurredAt, durationMs, errors, warnings } = lastReload;
  const outcome = toReloadOutcome(status);
  const problems = toErrorText([...errors, ...warnings]);
  return (
    <section class={`panel verdict ${outcome.toLowerCase()}`} data-testid="last-reload" data-status={status}>
      <OutcomeIcon outcome={outcome} />
      <div>
        <h2>
          Last reload: {toWords(status)}
          {durationMs !== null && ` after ${formatDuration(durationMs)}`}
          <span class="muted"> · {formatAgo(occurredAt, now)}</span>
        </h2>
        {problems !== '' && <p>{problems.slice(0, MOST_CHARACTERS)}</p>}
      </div>
    </section>
  );
}
