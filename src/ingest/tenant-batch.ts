import type { IncomingEvent } from '../store/write/incoming-event.ts';
import type { RecordedEvent } from '../store/write/record-events.ts';
import type { QuarantinedItem } from '../store/write/record-quarantined.ts';
import type { SpanLink } from '../tracing/tracing.ts';

/** The items of one request that belong to one tenant; '' means no tenant. */
export interface TenantItems {
  tenantId: string;
  events: IncomingEvent[];
  quarantined: QuarantinedItem[];
}

/** How much there is to store. */
export interface Size {
  items: number;
  blocks: number;
  /** The estimated bytes in memory. */
  bytes: number;
}

/** Items stored in one transaction, alone or with parts of other batches. */
export interface BatchPart extends Size {
  events: IncomingEvent[];
  quarantined: QuarantinedItem[];
}

/** The most that one transaction stores, to end in time. A single item may exceed it. */
const MAX_SIZE: Size = { items: 2_000, blocks: 20_000, bytes: 32_000_000 };

/** Returns whether two sizes together fit into one transaction. */
export function fitTogether(a: Size, b: Size): boolean {
  return (
    a.items + b.items <= MAX_SIZE.items &&
    a.blocks + b.blocks <= MAX_SIZE.blocks &&
    a.bytes + b.bytes <= MAX_SIZE.bytes
  );
}

/**
 * The items of one request and tenant in the queue. They are several parts if one transaction
 * would be too large. Parts are stored one after another, in the order sent.
 */
export class TenantBatch {
  readonly tenantId: string;
  /** The span of the operation that sent the batch, if there are traces. */
  readonly span: SpanLink | undefined;
  /** The results of the events, in their order, once every part is stored. */
  readonly recorded: Promise<RecordedEvent[]>;
  readonly #parts: BatchPart[];
  readonly #results: RecordedEvent[] = [];
  #settle: { resolve: (results: RecordedEvent[]) => void; reject: (reason: unknown) => void };

  constructor(items: TenantItems, span?: SpanLink) {
    this.span = span;
    this.tenantId = items.tenantId;
    this.#parts = toParts(items);
    this.#settle = { resolve: () => undefined, reject: () => undefined };
    this.recorded = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  /** The first part that is not stored yet; undefined after the last one. */
  get nextPart(): BatchPart | undefined {
    return this.#parts[0];
  }

  /** The estimated bytes of the parts that are not stored yet. */
  get bytes(): number {
    return this.#parts.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Marks the next part as stored. */
  resolvePart(results: RecordedEvent[]): void {
    this.#results.push(...results);
    this.#parts.shift();
    if (this.#parts.length === 0) this.#settle.resolve(this.#results);
  }

  /** Drops the remaining parts and rejects the batch. */
  reject(reason: unknown): void {
    this.#parts.length = 0;
    this.#settle.reject(reason);
  }
}

function toParts({ events, quarantined }: TenantItems): BatchPart[] {
  const parts: BatchPart[] = [];
  const partFor = (size: Size): BatchPart => {
    const last = parts.at(-1);
    if (last !== undefined && fitTogether(last, size)) {
      last.items += size.items;
      last.blocks += size.blocks;
      last.bytes += size.bytes;
      return last;
    }
    const part = { ...size, events: [], quarantined: [] };
    parts.push(part);
    return part;
  };
  for (const incoming of events) partFor(sizeOfEvent(incoming)).events.push(incoming);
  for (const item of quarantined) partFor(toSize(item.rawText, 0, 0)).quarantined.push(item);
  return parts;
}

function sizeOfEvent({ rawText, event: { facts, warnings } }: IncomingEvent): Size {
  return toSize(rawText, facts.run?.facts.blocks?.length ?? 0, warnings.length);
}

/** Estimates an item: its text, the parsed JSON, and what was read from it. */
function toSize(rawText: string, blocks: number, warnings: number): Size {
  return { items: 1, blocks, bytes: 1_000 + 2 * rawText.length + 200 * (blocks + warnings) };
}
