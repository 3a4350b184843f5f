import type { ResultOf } from 'gql.tada';
import { useEffect, useState } from 'preact/hooks';
import { useLiveFeed } from '../../data/live-feed.ts';
import { useQuery } from '../../data/use-query.ts';
import { toName } from '../../format/names.ts';
import { formatDuration } from '../../format/numbers.ts';
import { formatFullInstant, formatInstant } from '../../format/times.ts';
import { OutcomeBadge, toReloadOutcome } from '../../parts/outcome.tsx';
import { Failure, Loading } from '../../parts/states.tsx';
import { linkTo } from '../../routing/place.ts';
import { TickerDocument, TickerFeedDocument } from './overview-documents.ts';

type TickerEvent = ResultOf<typeof TickerDocument>['events']['nodes'][number];

/** The most events that the ticker shows. */
const MOST_EVENTS = 12;

/** Returns the duration of a run or reload. */
function toNote(event: TickerEvent): string {
  if (event.__typename === 'AutomationRunEndedEvent') return formatDuration(event.run?.durationMs);
  return event.__typename === 'AppReloadFinishedEvent' ? formatDuration(event.reload?.durationMs) : '';
}

/** The newest events, live. `onEvent` is called for each further one. */
export function Ticker({ zone, onEvent }: { zone: string; onEvent(): void }) {
  const { data, error, reload } = useQuery(TickerDocument, {});
  const [events, setEvents] = useState<readonly TickerEvent[]>([]);
  useEffect(() => {
    if (data !== undefined) setEvents(data.events.nodes);
  }, [data]);
  useLiveFeed({
    document: TickerFeedDocument,
    toVariables: (after) => ({ after }),
    cursor: data?.eventLog.headCursor,
    onDelivery({ eventStored: { cursor, event } }) {
      setEvents((before) => [event, ...before.filter(({ id }) => id !== event.id)].slice(0, MOST_EVENTS));
      onEvent();
      return cursor;
    },
    onLost: reload,
  });
  return (
    <section class="ticker panel">
      <h2>Latest events</h2>
      {error !== undefined && <Failure error={error} />}
      {data === undefined && error === undefined && <Loading rows={4} />}
      {data !== undefined && events.length === 0 && <p class="muted">No event has arrived yet.</p>}
      <ol data-testid="ticker">
        {events.map((event) => (
          <li key={event.id} data-testid="ticker-event" data-position={event.position}>
            <TickerLine event={event} />
            <span class="ticker-note">
              <time dateTime={event.time} title={formatFullInstant(event.time, zone)}>
                {formatInstant(event.time, zone)}
              </time>
              {toNote(event)}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function TickerLine({ event }: { event: TickerEvent }) {
  if (event.__typename === 'AutomationRunEndedEvent' && event.run) {
    const { runId, title, outcome } = event.run;
    return (
      <>
        <a href={linkTo(`/runs/${encodeURIComponent(runId)}`)}>{toName(title, runId)}</a>
        <OutcomeBadge outcome={outcome} />
      </>
    );
  }
  if (event.__typename === 'AppReloadFinishedEvent' && event.reload) {
    const { appId, appName, status } = event.reload;
    return (
      <>
        <AppLink appId={appId} name={appName} />
        <OutcomeBadge outcome={toReloadOutcome(status)} text={`Reload ${status.toLowerCase()}`} />
      </>
    );
  }
  const app = 'app' in event ? event.app : undefined;
  return (
    <>
      {app ? <AppLink appId={app.appId} name={app.name} /> : <span>{event.typeName}</span>}
      {app && <span class="muted">{event.typeName.split('.').slice(-2).join(' ')}</span>}
    </>
  );
}

function AppLink({ appId, name }: { appId: string | null; name: string | null }) {
  if (appId === null) return <span>{toName(name)}</span>;
  return <a href={linkTo(`/apps/${encodeURIComponent(appId)}`)}>{toName(name, appId)}</a>;
}
