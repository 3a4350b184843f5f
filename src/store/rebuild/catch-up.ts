import { foldEvents, toParts } from './fold-events.ts';
import type { RebuildListener } from './listener.ts';
import type { RebuildSession } from './open-session.ts';
import type { TenantProgress } from './progress.ts';
import { type LoggedEvent, readLogBatch } from './read-log-batch.ts';
import { type RereadEvent, rereadEvent } from './reread-event.ts';
import { seedPruned } from './seed-pruned.ts';

/** Events of a batch; fewer after large ones. */
const BATCH = 1_000;
const SMALLEST_BATCH = 16;

/**
 * Folds what a tenant's log holds beyond its progress, up to the head that was looked at. While one batch is written the next one is
 * read, and each is committed with its progress. Calls back with the number of events of each.
 */
export async function catchUp(
  session: RebuildSession,
  { tenantId, position, seededThrough, head }: TenantProgress,
  listener: RebuildListener,
  batchSize = BATCH,
): Promise<void> {
  let [read, written, seeded, size] = [position, position, seededThrough, batchSize];
  const readNext = () => heard(readLogBatch(session.queries, { tenantId, after: read, through: head }, size));
  let next = readNext();
  let writing = Promise.resolve();
  while (read < head) {
    const batch = await next;
    const last = batch.at(-1);
    if (last === undefined) throw new Error(`The log of ${tenantId} ends before its head.`);
    read = last.position;
    size = read === head || batch.length === size ? batchSize : toSmaller(batch.length, batchSize);
    next = readNext();
    const reread = batch.map(rereadEvent);
    tellRefusals(tenantId, reread, listener);
    await writing;
    const pruned = lastPruned(batch);
    if (pruned > seeded) {
      listener.say(`${tenantId}: taking over what pruned events told`);
      seeded = await seedPruned(session, tenantId, pruned);
    }
    writing = heard(write(reread));
  }
  await writing;

  async function write(reread: RereadEvent[]): Promise<void> {
    for (const part of toParts(reread)) {
      await session.inShadow((transaction) => foldEvents(transaction, tenantId, written, part));
      written = part.at(-1)?.position ?? written;
      listener.advance(part.length);
    }
  }
}

/** Its failure is met where it is awaited, which may be later than it happens. */
function heard<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

function toSmaller(length: number, batchSize: number): number {
  return Math.min(batchSize, Math.max(SMALLEST_BATCH, 2 * length));
}

function lastPruned(batch: readonly LoggedEvent[]): number {
  return batch.findLast(({ rawText }) => rawText === undefined)?.position ?? 0;
}

/** One line a batch: there may be very many. */
function tellRefusals(tenantId: string, reread: readonly RereadEvent[], listener: RebuildListener): void {
  const refused = reread.filter(({ refusal }) => refusal !== undefined);
  const [first] = refused;
  if (first === undefined) return;
  const others = refused.length > 1 ? `, and ${refused.length - 1} more soon after` : '';
  listener.say(
    `${tenantId}: this version refuses the event at position ${first.position} (${first.refusal})${others}`,
  );
}
