import { expect, test } from 'vitest';
import { runEvent } from '../support/events/events.ts';
import { insertQuarantined, listQuarantined, retryQuarantined } from '../support/events/quarantine.ts';
import { startOpenService } from '../support/services/open-service.ts';

// On PostgreSQL alone: the embedded database would keep this process from its sockets while it
// takes in what is put there.
test('long items are taken in parts, and answered as one list', async () => {
  const service = await startOpenService('postgres', { MAX_EVENT_BYTES: '3000000' });
  const text = 'x'.repeat(2_500_000);
  const items = Array.from({ length: 9 }, (_, index) => ({
    tenantId: 'long',
    raw: runEvent('long', {}, { text, ...(index === 7 && { id: '' }) }),
    batchIndex: index,
  }));
  await insertQuarantined(service.database, items);
  const client = service.client.as('long');
  const { receipts, stored } = await retryQuarantined(client);
  expect(stored).toBe(8);
  expect(receipts.map(({ index, position }: Record<string, unknown>) => [index, position])).toEqual(
    [1, 2, 3, 4, 5, 6, 7, null, 8].map((position, index) => [index, position]),
  );
  expect((await listQuarantined(client)).nodes.map(({ raw }) => raw)).toEqual([items[7]?.raw]);
  await service.close();
});
