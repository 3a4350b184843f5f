import { setImmediate as nextTurn } from 'node:timers/promises';
import { foldEvents, toParts } from './fold-events.ts';
import { listHeads, listProgress, type TenantProgress } from './progress.ts';
import { type LoggedEvent, readLogBatch } from './read-log-batch.ts';
import type { Rebuild, RebuildStep } from './rebuild.ts';
import { type RereadEvent, rereadEvent } from './reread-event.ts';
import { seedPruned } from './seed-pruned.ts';

/** Events of a batch. After a batch of large events the next one is smaller. */
const BATCH = 1_000;
const SMALLEST_BATCH = 16;
/** Catching up ends when fewer events are left. Ingest may add more in the meantime. */
const NEARLY_THERE = 1_000;

/** Folds all logs until fewer than `NEARLY_THERE` events are left. Ingest may continue. */
export async function catchUp(rebuild: Rebuild, firstStep: RebuildStep['name']): Promise<void> {
  for (let step = firstStep; ; step = 'catching up') {
    const left = await catchUpThrough(rebuild, step, await listHeads(rebuild.session.queries));
    if (left < NEARLY_THERE) return;
  }
}

/** Folds logs up to these heads. Returns the number of events that were left to fold. */
export async function catchUpThrough(
  rebuild: Rebuild,
  step: RebuildStep['name'],
  heads: ReadonlyMap<string, number>,
): Promise<number> {
  const { session, listener, signal } = rebuild;
  signal.throwIfAborted();
  const progress = await session.inShadow((shadow) => listProgress(shadow, heads));
  const total = sum(progress.map(({ head }) => head));
  const left = sum(progress.map(({ head, position }) => Math.max(0, head - position)));
  if (left === 0) return 0;
  listener.begin({ name: step, noun: 'events', total, done: total - left });
  for (const tenant of progress) await catchUpTenant(rebuild, tenant);
  return left;
}

/** Folds one log. Reads the next batch during a write; commits each with its progress. */
async function catchUpTenant(
  { session, listener, signal, batchSize = BATCH }: Rebuild,
  { tenantId, position, seededThrough, head }: TenantProgress,
): Promise<void> {
  let [read, written, seeded, size] = [position, position, seededThrough, batchSize];
  const readNext = () =>
    withHandledRejection(readLogBatch(session.queries, { tenantId, after: read, through: head }, size));
  const write = async (reread: RereadEvent[]) => {
    for (const part of toParts(reread)) {
      await session.inShadow((transaction) =>
        foldEvents(transaction, { home: session.home, tenantId, from: written }, part),
      );
      written = part.at(-1)?.position ?? written;
      listener.advance(part.length);
    }
  };
  let next = readNext();
  let writing = Promise.resolve();
  while (read < head) {
    const batch = await next;
    const last = batch.at(-1);
    if (last === undefined) throw new Error(`The log of ${tenantId} ends before its head.`);
    read = last.position;
    size = batch.length === size ? batchSize : toSmaller(batch.length, batchSize);
    next = readNext();
    const reread = batch.map(rereadEvent);
    reportRefusals(tenantId, reread, listener.say);
    await writing;
    // The embedded database never yields to the event loop, so signals would not arrive.
    await nextTurn();
    signal.throwIfAborted();
    const pruned = lastPruned(batch);
    if (pruned > seeded) {
      listener.say(`${tenantId}: copying the facts of pruned events`);
      seeded = await seedPruned(session, tenantId, pruned);
    }
    writing = withHandledRejection(write(reread));
  }
  await writing;
}

/** Marks a rejection as handled, because the promise is awaited only later. */
function withHandledRejection<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

function toSmaller(length: number, batchSize: number): number {
  return Math.min(batchSize, Math.max(SMALLEST_BATCH, 2 * length));
}

function lastPruned(batch: readonly LoggedEvent[]): number {
  return batch.findLast(({ rawText }) => rawText === undefined)?.position ?? 0;
}

/** Reports at most one line per batch, because very many events may be refused. */
function reportRefusals(tenantId: string, reread: readonly RereadEvent[], say: (line: string) => void): void {
  const refused = reread.filter(({ refusal }) => refusal !== undefined);
  const [first] = refused;
  if (first === undefined) return;
  const others = refused.length > 1 ? `, and ${refused.length - 1} more in this batch` : '';
  say(
    `${tenantId}: this version refuses the event at position ${first.position} (${first.refusal})${others}`,
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
