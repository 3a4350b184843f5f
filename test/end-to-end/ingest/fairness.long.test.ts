import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  createTestDatabase,
  describeOnEachDatabase,
  type TestDatabase,
} from '../../support/databases/databases.ts';
import { runEvent } from '../../support/events/events.ts';
import { newTenant } from '../../support/events/tenants.ts';
import { ServerProcess } from '../../support/processes/server-process.ts';
import { toDose } from '../../support/run/dose.ts';
import { waitUntil } from '../../support/wait-until.ts';

/** Batches. A transaction stores at most 20,000 blocks, so five of them. */
const FLOOD = 24;
const BATCH = 500;
const BLOCKS = 8;
/** Events of 1,000 blocks. A transaction stores about 20 of them. */
const LARGE = toDose({ short: 80, full: 160 });

describeOnEachDatabase('whoever sends little, beside those who send much,', (kind) => {
  let database: TestDatabase;
  let server: ServerProcess;
  beforeAll(async () => {
    database = await createTestDatabase(kind);
    // The whole flood may wait.
    server = await ServerProcess.start(database, { MAX_QUEUE_BYTES: '1000000000' });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await database.drop();
  });

  test('does not wait for the flood of another tenant', async () => {
    const flooded = newTenant();
    let answered = 0;
    const batches = Array.from({ length: FLOOD }, () =>
      Array.from({ length: BATCH }, () => runEvent(flooded, { blocks: Array(BLOCKS).fill({}) })),
    );
    const flood = batches.map(async (events) => {
      await server.client.ingest(...events);
      answered += 1;
    });
    await waitUntil(() => answered > 0, 20_000);
    await server.client.ingest(runEvent(newTenant()));
    expect(answered).toBeLessThan(FLOOD * 0.75);
    await Promise.all(flood);
  });

  test('does not wait for the very large batch of another caller of the same tenant', async () => {
    const tenantId = newTenant();
    const blocks = Array.from({ length: 1_000 }, () => ({}));
    const large = server.client.ingest(
      ...Array.from({ length: LARGE }, () => runEvent(tenantId, { blocks })),
    );
    await waitUntil(async () => {
      const { eventLog } = await server.client.as(tenantId).data('{ eventLog { headPosition } }');
      return eventLog.headPosition > 0;
    }, 20_000);
    const small = await server.client.ingest(runEvent(tenantId));
    const { stored, receipts } = await large;
    expect(stored).toBe(LARGE);
    const positions = receipts.map(({ position }: { position: number }) => position);
    expect(positions, 'a batch in parts keeps its order').toEqual(
      [...positions].sort((a: number, b: number) => a - b),
    );
    expect(small.receipts[0].position).toBeLessThan(positions.at(-1));
  });
});
