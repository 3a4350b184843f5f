import type { BatchPoster, Receipt } from 'qlik-event-graph-ingest';
import { type Answer, postInBatches } from 'qlik-event-graph-ingest/send-batches';
import type { Day } from '../../domain/values/calendar-day.ts';
import { type AuditEvent, toAuditEvent } from './audit-event.ts';
import { type EventChoice, isModelled } from './event-choice.ts';
import type { QlikTenant } from './qlik-tenant.ts';
import { readDay } from './read-day.ts';

const IN_FLIGHT = 4;

/** The modelled events of a day in one tenant's audit log, each counted once. */
export interface DayCount {
  /** Listed by the audit log. */
  upstream: number;
  /** Of those, with a receipt that says that the server has the event. */
  stored: number;
}

/** An event that is not in the log, and why. */
export interface FailedEvent extends Receipt {
  day: Day;
}

/** The answers for one batch of a day. */
export interface DayBatch {
  outcomes: Receipt['outcome'][];
  failures: FailedEvent[];
}

/** What a day is read from and sent to. */
export interface DayPath {
  qlik: QlikTenant;
  poster: BatchPoster;
  events: EventChoice;
}

/**
 * Sends the wanted events that the audit log lists for a day, each once. `onBatch` receives the
 * answers. Returns the counts by tenant. A tenant without a modelled event of the day has none.
 */
export async function sendDay(
  { qlik, poster, events }: DayPath,
  day: Day,
  onBatch: (batch: DayBatch) => void,
): Promise<Map<string, DayCount>> {
  const counts = new Map<string, DayCount>();
  const countOf = ({ tenantId = '', day: own, typeKey }: AuditEvent): DayCount | undefined => {
    if (tenantId === '' || !isModelled(typeKey) || (own ?? day) !== day) return undefined;
    const count = counts.get(tenantId) ?? { upstream: 0, stored: 0 };
    counts.set(tenantId, count);
    return count;
  };
  const toBatch = (answers: readonly Answer<AuditEvent>[]): DayBatch => {
    for (const { item, receipt } of answers) {
      const count = countOf(item);
      if (count !== undefined && isConfirmed(receipt)) count.stored += 1;
    }
    return {
      outcomes: answers.map(({ receipt }) => receipt.outcome),
      failures: answers.flatMap(({ item, receipt }) =>
        receipt.errors.length === 0
          ? []
          : [{ ...receipt, eventId: receipt.eventId ?? item.eventId ?? null, day }],
      ),
    };
  };
  const listed = listWanted(qlik, events, day, (event) => {
    const count = countOf(event);
    if (count !== undefined) count.upstream += 1;
  });
  for await (const batch of postInBatches(listed, poster, IN_FLIGHT, toBatch)) onBatch(batch);
  return counts;
}

/** Lists the wanted events of a day once each, whatever the audit log repeats. */
async function* listWanted(
  qlik: QlikTenant,
  { isWanted }: EventChoice,
  day: Day,
  onEvent: (event: AuditEvent) => void,
): AsyncGenerator<AuditEvent[], void> {
  const seen = new Set<string>();
  for await (const { items, areElsewhere } of readDay(qlik, day)) {
    const wanted = items.map(toAuditEvent).filter((event) => {
      // An item that is no event has no type, and is reported whatever the choice.
      const isEvent = Buffer.isBuffer(event.content);
      if ((isEvent && !isWanted(event.typeKey)) || seen.has(event.identity)) return false;
      if (areElsewhere && event.day !== undefined && event.day !== day) return false;
      seen.add(event.identity);
      onEvent(event);
      return true;
    });
    if (wanted.length > 0) yield wanted;
  }
}

/** Whether a receipt says that the log contains an event of this identity. */
function isConfirmed({ outcome }: Receipt): boolean {
  return outcome === 'STORED' || outcome === 'DUPLICATE' || outcome === 'CONFLICT';
}
