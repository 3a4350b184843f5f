import { toName } from '../../format/names.ts';
import { formatCount, formatDuration, formatShare } from '../../format/numbers.ts';
import { formatAgo } from '../../format/times.ts';
import { OutcomeBadge } from '../../parts/outcome.tsx';
import type { Column } from '../../parts/rows/columns.tsx';
import { NumberCell } from '../../parts/rows/number-cell.tsx';
import { TimeCell } from '../../parts/rows/time-cell.tsx';
import { Ticks } from '../../parts/ticks.tsx';
import { linkTo } from '../../routing/place.ts';
import type { AutomationRow, AutomationStats } from './automations-documents.ts';

/** An automation without a run for so many days is idle. */
export const IDLE_DAYS = 30;
const IDLE_MS = IDLE_DAYS * 86_400_000;

/** The columns of the list of automations, with the API's fields that order it. */
export const AUTOMATION_COLUMNS: readonly Column[] = [
  { label: 'Automation', order: 'NAME' },
  { label: 'Last run' },
  { label: 'When', order: 'LAST_RUN_AT' },
  { label: 'Last 20 runs' },
  { label: 'Runs', isNumber: true },
  { label: 'Failed', isNumber: true },
  { label: 'Success', isNumber: true },
  { label: 'p95', isNumber: true },
];

interface AutomationCellsProps {
  automation: AutomationRow;
  /** Undefined until they are read. */
  stats: AutomationStats | undefined;
  zone: string;
  now: number;
}

/** The cells of one automation. The link of the first covers the row. */
export function AutomationCells({ automation, stats, zone, now }: AutomationCellsProps) {
  const { automationId, name, lastRun, lastRunAt, runs } = automation;
  const isIdle = now - Date.parse(lastRunAt) > IDLE_MS;
  return (
    <>
      <div role="cell" class="cell-main">
        <a
          class="row-link"
          href={linkTo(`/automations/${encodeURIComponent(automationId)}`)}
          title={automationId}
        >
          {toName(name || lastRun?.title, automationId)}
        </a>
        {lastRun?.ownerName && <span class="owner"> {lastRun.ownerName}</span>}
      </div>
      <div role="cell">
        {lastRun && (
          <a
            class="over-row"
            href={linkTo(`/runs/${encodeURIComponent(lastRun.runId)}`)}
            data-testid="last-run"
            data-run-id={lastRun.runId}
          >
            <OutcomeBadge outcome={lastRun.outcome} text={lastRun.statusName} />
          </a>
        )}
      </div>
      <TimeCell
        instant={lastRunAt}
        zone={zone}
        text={isIdle ? `idle, ${formatAgo(lastRunAt, now)}` : formatAgo(lastRunAt, now)}
      />
      <div role="cell" class="over-row">
        <Ticks runs={runs.nodes} most={20} />
      </div>
      <NumberCell value={stats?.count} text={stats ? formatCount(stats.count) : ''} />
      <NumberCell
        value={stats?.failureCount}
        text={stats ? formatCount(stats.failureCount) : ''}
        tone={stats?.failureCount ? 'failure' : undefined}
      />
      <NumberCell
        value={stats?.successCount}
        text={stats ? formatShare(stats.successCount, stats.count) : ''}
      />
      <NumberCell value={stats?.duration.p95} text={stats ? formatDuration(stats.duration.p95) : ''} />
    </>
  );
}
