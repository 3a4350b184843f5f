import type { ResultOf } from 'gql.tada';
import { toName } from '../../format/names.ts';
import { formatCount, formatShare } from '../../format/numbers.ts';
import { Bar } from '../../parts/bar.tsx';
import { Figure } from '../../parts/figure.tsx';
import { linkTo } from '../../routing/place.ts';
import { IDLE_DAYS } from './automation-row.tsx';
import type { AutomationsTotalDocument } from './automations-documents.ts';

type Totals = ResultOf<typeof AutomationsTotalDocument>;

/** Which automations need attention: those that fail now, that stand idle, that fail most. */
export function AutomationFigures({ totals }: { totals: Totals }) {
  const { shown, failing, idle, worst } = totals;
  const failed = worst.filter(({ failureCount }) => failureCount > 0);
  const most = failed[0]?.failureCount ?? 0;
  return (
    <div class="panel attention">
      <div class="figures">
        <Figure
          name="total"
          label="Automations shown"
          value={shown.totalCount}
          text={formatCount(shown.totalCount)}
        />
        <Figure
          name="failing"
          label="Last run failed"
          value={failing.totalCount}
          text={formatCount(failing.totalCount)}
          tone={failing.totalCount > 0 ? 'failure' : undefined}
          href={linkTo('/automations', { outcome: 'FAILURE' })}
        />
        <Figure
          name="idle"
          label={`Idle for ${IDLE_DAYS} days`}
          value={idle.totalCount}
          text={formatCount(idle.totalCount)}
          tone={idle.totalCount > 0 ? 'warning' : undefined}
          href={linkTo('/automations', { idle: String(IDLE_DAYS) })}
        />
      </div>
      <div class="worst">
        <h2>Most failures in the range</h2>
        {failed.length === 0 && <p class="muted">No run failed.</p>}
        <ol>
          {failed.map(({ automationId, automation, count, failureCount }) => (
            <li key={automationId} data-testid="worst-automation">
              <a href={linkTo(`/automations/${encodeURIComponent(automationId ?? '')}`)}>
                {toName(automation?.name, automationId)}
              </a>
              <Bar value={failureCount} most={most} />
              <span class="number" data-value={failureCount}>
                <b>{formatCount(failureCount)}</b> <span class="muted">of {formatCount(count)}</span>{' '}
                {formatShare(failureCount, count)}
              </span>
            </li>
          ))}
        </ol>
      </div>
    </div>
  );
}
