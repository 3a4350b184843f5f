import { toWords } from '../format/names.ts';
import { formatDuration } from '../format/numbers.ts';
import { linkTo } from '../routing/place.ts';
import type { Outcome } from './outcome.tsx';

/** A run as a tick. */
interface TickRun {
  runId: string;
  outcome: Outcome;
  durationMs: number | null;
  occurredAt: string;
}

/** The heights say what the colours say: the more attention a run needs, the taller its tick. */
const HEIGHTS: Readonly<Record<Outcome, number>> = {
  FAILURE: 24,
  WARNING: 18,
  SUCCESS: 12,
  STOPPED: 7,
  PENDING: 7,
  UNKNOWN: 7,
};

const COLUMN = 8;
const HEIGHT = 24;

/** The last runs of an automation, newest right; each tick is a link to its run. */
export function Ticks({ runs, most = 30 }: { runs: readonly TickRun[]; most?: number }) {
  const oldestFirst = [...runs].reverse();
  const first = most - oldestFirst.length;
  return (
    <svg class="ticks" viewBox={`0 0 ${most * COLUMN} ${HEIGHT}`} preserveAspectRatio="none">
      <title>{`${runs.length} runs, ${runs.filter(({ outcome }) => outcome === 'FAILURE').length} failed`}</title>
      {oldestFirst.map(({ runId, outcome, durationMs }, index) => (
        <a
          key={runId}
          href={linkTo(`/runs/${encodeURIComponent(runId)}`)}
          tabIndex={-1}
          aria-label={`${toWords(outcome)}, ${formatDuration(durationMs)}`}
          data-testid="tick"
          data-run-id={runId}
          data-outcome={outcome}
        >
          <rect class="tick-target" x={(first + index) * COLUMN} y={0} width={COLUMN} height={HEIGHT} />
          <rect
            class={`tick ${outcome.toLowerCase()}`}
            x={(first + index) * COLUMN + 1}
            y={HEIGHT - HEIGHTS[outcome]}
            width={COLUMN - 2}
            height={HEIGHTS[outcome]}
            rx={1}
          />
        </a>
      ))}
    </svg>
  );
}
