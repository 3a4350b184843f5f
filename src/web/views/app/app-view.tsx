import { ViewFrame, type ViewState } from '../../app/view-frame.tsx';
import type { ViewProps } from '../../app/view-props.ts';
import { useQuery } from '../../data/use-query.ts';
import { toName } from '../../format/names.ts';
import { OutcomeBadge, toReloadOutcome } from '../../parts/outcome.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { linkTo } from '../../routing/place.ts';
import { useBounds, useListRange } from '../../routing/use-bounds.ts';
import { useZone } from '../../routing/zone.ts';
import { AppDocument } from './app-documents.ts';
import { AppEvents } from './app-events.tsx';
import { AppFacts, AppFigures } from './app-facts.tsx';
import { AppTrend } from './app-trend.tsx';
import { LastReload } from './last-reload.tsx';
import { ReloadList, useReloadList } from './reload-list.tsx';

/** One app: its last reload, the history of its reloads, its size and its events. */
export function AppView({ id }: ViewProps) {
  const zone = useZone();
  const bounds = useBounds('all');
  const occurredAt = useListRange();
  const where = { appId: { eq: id }, ...(occurredAt && { occurredAt }) };
  const { data, error, isLoading, reload } = useQuery(AppDocument, {
    ...{ appId: id, where, interval: bounds.interval, timeZone: zone },
    fill: occurredAt?.gte !== undefined && occurredAt.lt !== undefined,
  });
  const reloads = useReloadList(id, where, reload);
  const app = data?.app;
  const failure = error ?? reloads.list.error;
  const count = reloads.list.rows.length;
  const state: ViewState = failure
    ? 'error'
    : isLoading || reloads.list.isLoading
      ? 'loading'
      : app
        ? 'ready'
        : 'not-found';
  return (
    <ViewFrame
      name="app"
      state={state}
      title={app ? toName(app.name, id) : 'App'}
      where={where}
      beside={
        app?.isDeleted ? (
          <span class="warning">Deleted</span>
        ) : (
          app?.lastReload && (
            <OutcomeBadge
              outcome={toReloadOutcome(app.lastReload.status)}
              text={`Reload ${app.lastReload.status.toLowerCase()}`}
            />
          )
        )
      }
    >
      {failure && <Failure error={failure} onRetry={reload} />}
      {isLoading && !data && !failure && <Loading />}
      {state === 'not-found' && (
        <Empty title="There is no app with this id">
          <p>
            <a href={linkTo('/apps')}>Show all apps</a>
          </p>
        </Empty>
      )}
      {app && (
        <>
          <LastReload app={app} />
          <AppFigures data={data} app={app} />
          {count > 0 && <AppTrend data={data} bounds={bounds} zone={zone} />}
          <div class="two-columns">
            <AppFacts app={app} zone={zone} />
            <AppEvents app={app} zone={zone} />
          </div>
          <h2>Reloads</h2>
          {count === 0 && !reloads.list.isLoading && (
            <Empty title="No reload in this range">
              <p>Choose a longer range. Reloads appear here as they end.</p>
            </Empty>
          )}
          <ReloadList state={reloads} total={data.total[0]?.count} zone={zone} />
        </>
      )}
    </ViewFrame>
  );
}
