import { formatFullInstant } from '../../format/times.ts';
import type { QuarantinedItem } from './quarantine-documents.ts';

interface QuarantineItemProps {
  item: QuarantinedItem;
  zone: string;
  isSelected: boolean;
  onSelect(isSelected: boolean): void;
}

/** One item: why it is no event, and what was sent. */
export function QuarantineItem({ item, zone, isSelected, onSelect }: QuarantineItemProps) {
  const { id, receivedAt, tenantId, problems, raw } = item;
  const type = readText(raw, 'type') ?? readText(raw, 'eventType');
  const eventId = readText(raw, 'id');
  return (
    <li class="panel quarantine-item" data-testid="quarantine-row" data-id={id}>
      <input
        type="checkbox"
        aria-label={`Select the item ${eventId ?? id}`}
        checked={isSelected}
        onChange={({ currentTarget }) => onSelect(currentTarget.checked)}
      />
      <div>
        <p class="quarantine-head">
          <b>{type ?? 'Without a type'}</b>
          {eventId !== undefined && <code>{eventId}</code>}
          <span class="muted">
            received <time dateTime={receivedAt}>{formatFullInstant(receivedAt, zone)}</time>
          </span>
          {tenantId === null && <span class="warning">names no tenant</span>}
        </p>
        <ul>
          {problems.map(({ code, message, path }) => (
            <li key={`${code}${path}`} data-testid="problem" data-code={code}>
              <code class="failure">{code}</code> {message} {path && <code class="muted">{path}</code>}
            </li>
          ))}
        </ul>
        <details>
          <summary>As sent</summary>
          <pre tabIndex={0}>{JSON.stringify(raw, null, 2)}</pre>
        </details>
      </div>
    </li>
  );
}

/** Returns a text member of what was sent. */
function readText(raw: unknown, name: string): string | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const value = Object.entries(raw).find(([key]) => key === name)?.[1];
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
