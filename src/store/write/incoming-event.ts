import type { ParsedEvent } from '../../domain/events/parse-event.ts';
import type { Instant } from '../../domain/values/instant.ts';

/** An event as the projections see it. */
export interface ReadEvent {
  event: ParsedEvent;
  /** Hash of (source, event id). */
  eventKey: string;
}

/** An event on its way into the log. */
export interface IncomingEvent extends ReadEvent {
  /** What copies of the event are compared by (`store/tables/event-content.ts`). */
  content: string;
  /** Hash of the JSON text: names the item in quarantine. */
  itemKey: string;
  rawText: string;
  receivedAt: Instant;
  /** Place in the batch that it came with, from 0. */
  batchIndex: number;
  /** Whether it comes out of quarantine: as a conflict it is there already. */
  isRetry: boolean;
}
