import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import {
  createTestDatabase,
  describeOnEachDatabase,
  type TestDatabase,
} from '../support/databases/databases.ts';
import { readRows } from '../support/databases/rows.ts';
import { runEvent } from '../support/events/events.ts';
import { startPrune } from '../support/processes/command-process.ts';
import { concurrentTest } from '../support/run/concurrent-test.ts';
import { startTestService } from '../support/services/service.ts';

const BATCHES = 6;

async function fill(database: TestDatabase, kind: TestDatabase['kind'], bytes: number): Promise<number> {
  const service = await startTestService(kind, {}, database);
  for (let batch = 0; batch < BATCHES; batch += 1) {
    // Random, so that no compression makes it small.
    const text = () => randomBytes((bytes * 3) / 4).toString('base64');
    await service.client.ingest(...Array.from({ length: 100 }, () => runEvent('one', { text: text() })));
  }
  await service.close();
  const [row] = await readRows(database, `select pg_total_relation_size('events')::int as bytes`);
  return Number(row?.bytes);
}

describeOnEachDatabase('the space of pruned events', (kind) => {
  // Beside the body each event has a row, which stays: the larger the bodies, the less that is.
  for (const [bytes, most] of [
    [1_000, 0.5],
    [8_000, 0.15],
  ] as const)
    concurrentTest(
      `is taken again: with bodies of ${bytes} bytes the log does not grow when as many are ingested`,
      { timeout: 90_000 },
      async () => {
        const database = await createTestDatabase(kind);
        const before = await fill(database, database.kind, bytes);
        await using prune = startPrune(database, '--older-than', '0s');
        expect((await prune.result()).status).toBe(0);
        const after = await fill(database, database.kind, bytes);
        expect(after - before).toBeLessThan(before * most);
        await database.drop();
      },
    );
});
