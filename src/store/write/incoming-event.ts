import type { IngestOrigin } from '../../domain/events/ingest-origin.ts';
import type { ParsedEvent } from '../../domain/events/parse-event.ts';
import type { Instant } from '../../domain/values/instant.ts';

/** What the projections need of an event. */
export interface ReadEvent {
  event: ParsedEvent;
  /** Hash of (source, event id). */
  eventKey: string;
}

/** A checked event that is about to be stored. */
export interface IncomingEvent extends ReadEvent {
  /** The content that copies are compared by (`store/tables/event-content.ts`). */
  content: string;
  /** Hash of the JSON text: the item's key in quarantine. */
  itemKey: string;
  rawText: string;
  receivedAt: Instant;
  origin: IngestOrigin;
  /** Index in the batch that brought the event, from 0. */
  batchIndex: number;
  /** Whether the event is retried; its conflict is in quarantine already. */
  isRetry: boolean;
}
