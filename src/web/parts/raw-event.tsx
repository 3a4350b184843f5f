import { formatCount } from '../format/numbers.ts';
import { formatFullInstant } from '../format/times.ts';

interface RawEventProps {
  event: {
    eventId: string;
    typeName: string;
    time: string;
    position: number;
    warnings: readonly { code: string; message: string; path: string | null }[];
    raw: unknown;
  };
  zone: string;
  isOpen?: boolean;
}

/** An event as it was sent, with the values that could not be read. */
export function RawEvent({ event, zone, isOpen }: RawEventProps) {
  return (
    <details open={isOpen} data-testid="raw-event" data-event-id={event.eventId}>
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
  );
}
