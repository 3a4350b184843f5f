import { toName } from '../../format/names.ts';
import { formatBytes, formatDuration, NONE } from '../../format/numbers.ts';
import { formatAgo } from '../../format/times.ts';
import { OutcomeBadge, toReloadOutcome } from '../../parts/outcome.tsx';
import type { Column } from '../../parts/rows/columns.tsx';
import { NumberCell } from '../../parts/rows/number-cell.tsx';
import { TimeCell } from '../../parts/rows/time-cell.tsx';
import { linkTo } from '../../routing/place.ts';
import type { AppRow } from './apps-documents.ts';

/** The columns of the list of apps, with the API's fields that order it. */
export const APP_COLUMNS: readonly Column[] = [
  { label: 'App', order: 'NAME' },
  { label: 'Last reload' },
  { label: 'Reloaded', order: 'LAST_RELOAD_TIME' },
  { label: 'Duration', isNumber: true },
  { label: 'Peak memory', isNumber: true },
  { label: 'File', order: 'FILE_BYTES', isNumber: true },
  { label: 'Memory', order: 'MEMORY_BYTES', isNumber: true },
  { label: 'Modified', order: 'MODIFIED_DATE' },
  { label: 'Last event', order: 'LAST_EVENT_AT' },
];

/** The cells of one app. The link of the first covers the row. */
export function AppCells({ app, zone, now }: { app: AppRow; zone: string; now: number }) {
  const { appId, name, isDeleted, lastReload, lastEventAt, modifiedDate, size } = app;
  return (
    <>
      <div role="cell" class="cell-main">
        <a class="row-link" href={linkTo(`/apps/${encodeURIComponent(appId)}`)} title={appId}>
          {toName(name, appId)}
        </a>
        {app.ownerName && <span class="owner"> {app.ownerName}</span>}
        {isDeleted && <span class="muted"> deleted</span>}
      </div>
      <div role="cell" title={toErrorText(lastReload?.errors)}>
        {lastReload ? (
          <OutcomeBadge outcome={toReloadOutcome(lastReload.status)} text={lastReload.status} />
        ) : (
          <span class="muted">none seen</span>
        )}
      </div>
      <TimeCell
        instant={lastReload?.occurredAt}
        zone={zone}
        text={lastReload ? formatAgo(lastReload.occurredAt, now) : NONE}
      />
      <NumberCell value={lastReload?.durationMs} text={formatDuration(lastReload?.durationMs)} />
      <NumberCell value={lastReload?.peakMemoryBytes} text={formatBytes(lastReload?.peakMemoryBytes)} />
      <NumberCell value={size?.fileBytes} text={formatBytes(size?.fileBytes)} />
      <NumberCell value={size?.memoryBytes} text={formatBytes(size?.memoryBytes)} />
      <TimeCell instant={modifiedDate} zone={zone} />
      <TimeCell instant={lastEventAt} zone={zone} text={formatAgo(lastEventAt, now)} />
    </>
  );
}

/** The errors of a reload as one text: Qlik sends texts or objects. */
export function toErrorText(errors: readonly unknown[] | undefined): string {
  return (errors ?? [])
    .map((error) => (typeof error === 'string' ? error : JSON.stringify(error)))
    .join('\n');
}
