import { formatCount } from '../../format/numbers.ts';
import { formatFullInstant } from '../../format/times.ts';
import type { Run } from './run-documents.ts';

/** The events of a run as they were sent. The newest one is open. */
export function RunEvents({ run: { events }, zone }: { run: Run; zone: string }) {
  const { nodes, totalCount } = events;
  return (
    <section class="panel">
      <h2>
        Events <span class="muted">{formatCount(totalCount)}</span>
      </h2>
      {nodes.map((event, index) => (
        <details key={event.id} open={index === 0} data-testid="raw-event" data-event-id={event.eventId}>
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
        <p class="muted">The first {formatCount(nodes.length)} events are shown.</p>
      )}
    </section>
  );
}
