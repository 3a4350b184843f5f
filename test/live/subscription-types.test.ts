import { expect, test } from 'vitest';
import { change, store } from '../rebuild/rows.ts';
import { Subscription } from '../support/clients/graphql-client.ts';
import { createTestDatabase, describeOnEachDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { startAfter } from '../support/events/log-cursor.ts';
import { startTestService } from '../support/services/service.ts';

const RUNS = 'subscription ($after: String) { automationRunEnded(after: $after) { event { eventId } } }';

describeOnEachDatabase('automationRunEnded', (kind) => {
  test('delivers the events of its type, and no other event that is about a run', async () => {
    const database = await createTestDatabase(kind);
    await store(
      database,
      ['other', 'ended'].map((id) => runEvent('tenant-1', {}, { id })),
    );
    // As a version stores it that knows another type of event about runs.
    await change(database, `update events set type = 'OTHER' where event_id = 'other'`);
    const service = await startTestService(kind, {}, database);
    const live = new Subscription(service.url, 'tenant-1', RUNS, startAfter('tenant-1'));
    await live.until(({ received }) => received.length > 0);
    expect(live.received[0].automationRunEnded.event).toEqual({ eventId: 'ended' });
    await live.close();
    await service.close();
    await database.drop();
  });
});
