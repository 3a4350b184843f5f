import { formatCount } from '../../format/numbers.ts';
import { RawEvent } from '../../parts/raw-event.tsx';
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
        <RawEvent key={event.id} event={event} zone={zone} />
      ))}
      {totalCount > nodes.length && (
        <p class="muted">The newest {formatCount(nodes.length)} events are shown.</p>
      )}
    </section>
  );
}
