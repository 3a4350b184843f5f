import { formatCount } from '../../format/numbers.ts';
import { formatFullInstant } from '../../format/times.ts';
import type { App } from './app-documents.ts';

/** The newest events of an app as they were sent. */
export function AppEvents({ app: { events }, zone }: { app: App; zone: string }) {
  const { nodes, totalCount } = events;
  return (
    <section class="panel scrolling">
      <h2>
        Events{' '}
        <span class="muted" data-testid="event-count" data-value={totalCount}>
          {formatCount(totalCount)}
        </span>
      </h2>
      {nodes.map((event) => (
        <details key={event.id} data-testid="raw-event" data-event-id={event.eventId}>
          <summary>
            {event.typeName} <span class="muted">{formatFullInstant(event.time, zone)}</span>{' '}
            <span class="muted">position {formatCount(event.position)}</span>
          </summary>
          {event.warnings.map(({ code, message, path }) => (
            <p class="warning" key={`${code}${path}`}>
              <code>{code}</code> {message} <code>{path}</code>
            </p>
          ))}
          <pre tabIndex={0}>{JSON.stringify(event.raw, null, 2)}</pre>
        </details>
      ))}
      {totalCount > nodes.length && (
        <p class="muted">The newest {formatCount(nodes.length)} events are shown.</p>
      )}
    </section>
  );
}
