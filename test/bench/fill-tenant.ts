import type { JsonObject } from '../../src/domain/values/json.ts';
import { ingestEvents } from '../../src/ingest/ingest-events.ts';
import { openIngestQueue } from '../../src/ingest/open-ingest-queue.ts';
import type { Database } from '../../src/store/database/database.ts';
import { readHeads } from '../../src/store/read/log.ts';
import { generateEvents, type TenantPlan } from './generate-events.ts';

const BATCH = 500;
const LIMITS = { maxBatch: BATCH, maxEventBytes: 1_048_576, mayWrite: () => true };
/** Batches in progress at once: one is checked while another is stored. */
const AT_ONCE = 3;

/**
 * Writes a made-up tenant through the ingest code, unless it is there already. Calls back with the
 * number of events so far.
 */
export async function fillTenant(
  database: Database,
  plan: TenantPlan,
  onProgress: (events: number) => void = () => undefined,
): Promise<void> {
  const heads = await readHeads(database.acrossTenants, [plan.tenantId]);
  if (heads.get(plan.tenantId) === plan.apps + plan.runs + plan.reloads) return;
  await using queue = openIngestQueue(database, { maxQueueBytes: 1_000_000_000 });
  const batches = toBatches(generateEvents(plan));
  let taken = 0;
  const takeBatches = async () => {
    for (const batch of batches) {
      const receipts = await ingestEvents(queue, batch, LIMITS);
      // What an interrupted filling left behind is met again.
      const wrong = receipts.find(({ outcome }) => outcome !== 'STORED' && outcome !== 'DUPLICATE');
      if (wrong !== undefined) throw new Error(`A made-up event is ${wrong.outcome}.`);
      taken += receipts.length;
      onProgress(taken);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, takeBatches));
}

function* toBatches(events: Iterable<JsonObject>): Generator<JsonObject[]> {
  let batch: JsonObject[] = [];
  for (const event of events) {
    batch.push(event);
    if (batch.length === BATCH) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}
