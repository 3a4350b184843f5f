import type { IncomingEvent } from '../store/write/incoming-event.ts';
import type { RecordedEvent } from '../store/write/record-events.ts';
import type { QuarantinedItem } from '../store/write/record-quarantined.ts';

/** What one request brings for one tenant; '' stands for what names no tenant. */
export interface TenantItems {
  tenantId: string;
  events: IncomingEvent[];
  quarantined: QuarantinedItem[];
}

/** How much there is to store: items, their blocks, and about the bytes that they take in memory. */
export interface Size {
  items: number;
  blocks: number;
  weight: number;
}

/** Items that are stored in one transaction, alone or with the parts of other shares. */
export interface Part extends Size {
  events: IncomingEvent[];
  quarantined: QuarantinedItem[];
}

/** What one transaction takes on, so that it ends in time; a single item may be more. */
const MOST: Size = { items: 2_000, blocks: 20_000, weight: 32_000_000 };

/** Tells whether two sizes together are small enough for one transaction. */
export function fitTogether(a: Size, b: Size): boolean {
  return (
    a.items + b.items <= MOST.items &&
    a.blocks + b.blocks <= MOST.blocks &&
    a.weight + b.weight <= MOST.weight
  );
}

/**
 * A request's items of one tenant on their way to the database: one part, or several where one transaction would be too
 * large. The parts are stored one after the other, in the order sent.
 */
export class TenantBatch {
  readonly tenantId: string;
  /** The answers to the events, in their order, once everything is stored. */
  readonly stored: Promise<RecordedEvent[]>;
  readonly #parts: Part[];
  readonly #answers: RecordedEvent[] = [];
  #settle: { resolve: (answers: RecordedEvent[]) => void; reject: (reason: unknown) => void };

  constructor(items: TenantItems) {
    this.tenantId = items.tenantId;
    this.#parts = toParts(items);
    this.#settle = { resolve: () => undefined, reject: () => undefined };
    this.stored = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  /** What is to be stored next; undefined once there is nothing more. */
  get next(): Part | undefined {
    return this.#parts[0];
  }

  /** The weight of what is not stored yet. */
  get weight(): number {
    return this.#parts.reduce((sum, { weight }) => sum + weight, 0);
  }

  /** The next part is stored. */
  answer(answers: RecordedEvent[]): void {
    this.#answers.push(...answers);
    this.#parts.shift();
    if (this.#parts.length === 0) this.#settle.resolve(this.#answers);
  }

  /** Nothing more of it will be stored. */
  refuse(reason: unknown): void {
    this.#parts.length = 0;
    this.#settle.reject(reason);
  }
}

function toParts({ events, quarantined }: TenantItems): Part[] {
  const parts: Part[] = [];
  const toRoom = (size: Size): Part => {
    const last = parts.at(-1);
    if (last !== undefined && fitTogether(last, size)) {
      last.items += size.items;
      last.blocks += size.blocks;
      last.weight += size.weight;
      return last;
    }
    const part = { ...size, events: [], quarantined: [] };
    parts.push(part);
    return part;
  };
  for (const incoming of events) toRoom(toEventSize(incoming)).events.push(incoming);
  for (const item of quarantined) toRoom(toSize(item.rawText, 0, 0)).quarantined.push(item);
  return parts;
}

function toEventSize({ rawText, event: { facts, warnings } }: IncomingEvent): Size {
  return toSize(rawText, facts.run?.facts.blocks?.length ?? 0, warnings.length);
}

/** The text, what it was parsed to, and what was read from it. */
function toSize(rawText: string, blocks: number, warnings: number): Size {
  return { items: 1, blocks, weight: 1_000 + 2 * rawText.length + 200 * (blocks + warnings) };
}
