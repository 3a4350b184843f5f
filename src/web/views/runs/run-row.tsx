import { toName, toWords } from '../../format/names.ts';
import { formatBytes, formatCount, formatDuration } from '../../format/numbers.ts';
import { formatFullInstant, formatInstant } from '../../format/times.ts';
import { OutcomeBadge } from '../../parts/outcome.tsx';
import type { Column } from '../../parts/rows/columns.tsx';
import { linkTo } from '../../routing/place.ts';
import type { RunRow } from './runs-documents.ts';

/** The columns of the list of runs, with the API's fields that order it. */
export const RUN_COLUMNS: readonly Column[] = [
  { label: 'Run', order: 'TITLE' },
  { label: 'Status' },
  { label: 'Started', order: 'OCCURRED_AT' },
  { label: 'Started by' },
  { label: 'Duration', order: 'DURATION', isNumber: true },
  { label: 'Queued', order: 'QUEUED', isNumber: true },
  { label: 'API calls', order: 'TOTAL_API_CALLS', isNumber: true },
  { label: 'Received', order: 'RX_BYTES', isNumber: true },
  { label: 'Sent', order: 'TX_BYTES', isNumber: true },
];

/** The cells of one run. The link of the first covers the row. */
export function RunCells({ run, zone }: { run: RunRow; zone: string }) {
  const { runId, title, automation, automationId, outcome, statusName, occurredAt, context } = run;
  return (
    <>
      <div role="cell" class="cell-main">
        <a class="row-link" href={linkTo(`/runs/${encodeURIComponent(runId)}`)}>
          {toName(title || automation?.name, automationId ?? runId)}
        </a>
      </div>
      <div role="cell">
        <OutcomeBadge outcome={outcome} text={statusName} />
      </div>
      <div role="cell">
        <time dateTime={occurredAt} title={formatFullInstant(occurredAt, zone)}>
          {formatInstant(occurredAt, zone)}
        </time>
      </div>
      <div role="cell" class="muted">
        {context ? toWords(context) : ''}
      </div>
      <Cell value={run.durationMs} text={formatDuration(run.durationMs)} />
      <Cell value={run.queuedMs} text={formatDuration(run.queuedMs)} />
      <Cell value={run.totalApiCalls} text={formatCount(run.totalApiCalls)} />
      <Cell value={run.network?.rxBytes} text={formatBytes(run.network?.rxBytes)} />
      <Cell value={run.network?.txBytes} text={formatBytes(run.network?.txBytes)} />
    </>
  );
}

function Cell({ value, text }: { value: number | null | undefined; text: string }) {
  return (
    <div role="cell" class="number" data-value={value ?? ''}>
      {text}
    </div>
  );
}
