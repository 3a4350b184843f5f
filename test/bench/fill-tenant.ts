import type { JsonObject } from '../../src/domain/json.ts';
import { ingestEvents } from '../../src/ingest/ingest-events.ts';
import { openIngestQueue } from '../../src/ingest/open-ingest-queue.ts';
import type { Database } from '../../src/store/database.ts';
import { generateEvents, type TenantPlan } from './generate-events.ts';

const BATCH = 1_000;
const LIMITS = { maxBatch: BATCH, maxEventBytes: 1_048_576, mayWrite: () => true };

/** Writes a made-up tenant through the ingest code. Gives the number of events. */
export async function fillTenant(database: Database, plan: TenantPlan): Promise<number> {
  await using queue = openIngestQueue(database, { maxQueueBytes: 1 });
  let stored = 0;
  let batch: JsonObject[] = [];
  const flush = async () => {
    if (batch.length === 0) return;
    const receipts = await ingestEvents(queue, batch, LIMITS);
    const wrong = receipts.find(({ outcome }) => outcome !== 'STORED');
    if (wrong !== undefined) throw new Error(`A made-up event is ${wrong.outcome}.`);
    stored += receipts.length;
    batch = [];
  };
  for (const event of generateEvents(plan)) {
    batch.push(event);
    if (batch.length === BATCH) await flush();
  }
  await flush();
  return stored;
}
