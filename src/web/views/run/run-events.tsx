import { formatCount } from '../../format/numbers.ts';
import { RawEvent } from '../../parts/raw-event.tsx';
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
        <RawEvent key={event.id} event={event} zone={zone} isOpen={index === 0} />
      ))}
      {totalCount > nodes.length && (
        <p class="muted">The first {formatCount(nodes.length)} events are shown.</p>
      )}
    </section>
  );
}
