import type { ResultOf } from 'gql.tada';
import { formatCount } from '../../format/numbers.ts';
import { Figure } from '../../parts/figure.tsx';
import { linkTo } from '../../routing/place.ts';
import type { AppsTotalDocument } from './apps-documents.ts';

/** An app whose last reload is older than so many days is stale. */
export const STALE_DAYS = 7;

/** Which apps need attention: those whose last reload failed or is old. */
export function AppFigures({ totals }: { totals: ResultOf<typeof AppsTotalDocument> }) {
  const { shown, failing, stale } = totals;
  return (
    <div class="panel figures">
      <Figure name="total" label="Apps shown" value={shown.totalCount} text={formatCount(shown.totalCount)} />
      <Figure
        name="failing"
        label="Last reload failed"
        value={failing.totalCount}
        text={formatCount(failing.totalCount)}
        tone={failing.totalCount > 0 ? 'failure' : undefined}
        href={linkTo('/apps', { status: 'FAILED,EXCEEDED_LIMIT' })}
      />
      <Figure
        name="stale"
        label={`Not reloaded for ${STALE_DAYS} days`}
        value={stale.totalCount}
        text={formatCount(stale.totalCount)}
        tone={stale.totalCount > 0 ? 'warning' : undefined}
        href={linkTo('/apps', { stale: String(STALE_DAYS) })}
      />
    </div>
  );
}
