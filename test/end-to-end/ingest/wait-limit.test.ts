import { expect, test } from 'vitest';
import { type IngestReceipt, ingestEvents } from '../../../src/ingest/ingest-events.ts';
import { openIngestQueue } from '../../../src/ingest/open-ingest-queue.ts';
import { openDatabase } from '../../../src/store/database/open-database.ts';
import { createTestDatabase } from '../../support/databases/databases.ts';
import { lockTenants } from '../../support/databases/tenant-lock.ts';
import { runEvent } from '../../support/events/events.ts';

const LIMITS = { maxBatch: 10, maxEventBytes: 1_000_000, mayWrite: () => true };

test('what waits too long for its turn is refused with UNAVAILABLE and never stored; what was begun is stored', async () => {
  const location = await createTestDatabase('postgres');
  {
    await using database = await openDatabase(location);
    await database.ping(5_000);
    await using queue = openIngestQueue(database, { maxQueueBytes: 1_000_000, maxWaitMs: 300 });
    const ingest = (id: string): Promise<IngestReceipt[]> =>
      ingestEvents(queue, [runEvent('one', {}, { id }) as never], LIMITS);
    const lock = await lockTenants(location, ['one']);
    const begun = ingest('begun');
    await lock.awaited();
    await expect(ingest('late')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await lock.release();
    expect(await begun).toMatchObject([{ outcome: 'STORED', position: 1 }]);
    expect(await ingest('late'), 'it was not stored by the one that was refused').toMatchObject([
      { outcome: 'STORED', position: 2 },
    ]);
  }
  await location.drop();
});
