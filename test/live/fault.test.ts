import { describe, expect, test } from 'vitest';
import type { Database } from '../../src/store/database/database.ts';
import { subscribeOver, TRANSPORTS } from '../support/clients/transports.ts';
import { wrapAccess } from '../support/databases/wrap-access.ts';
import { runEvent } from '../support/events/events.ts';
import { startAfter } from '../support/events/log-cursor.ts';
import { startOpenService } from '../support/services/open-service.ts';
import { waitUntil } from '../support/wait-until.ts';

const RUNS = `subscription ($after: String) { automationRunEnded(after: $after, where: { title: { isNull: true } }) {
  event { position } run { runId } } }`;

describe('a subscription that ends with a fault of the service', () => {
  test.each(TRANSPORTS)('makes room for another one at once (%s)', async (transport) => {
    let isBroken = false;
    const toServed = (database: Database): Database =>
      wrapAccess(database, ({ read, write }) => ({
        read: (work) => (isBroken ? Promise.reject(new Error('broken')) : read(work)),
        write,
      }));
    const service = await startOpenService('postgres', { MAX_SUBSCRIPTIONS: '1' }, toServed);
    const client = service.client.as('one');
    await client.ingest(runEvent('one'));
    const first = subscribeOver(transport, client, RUNS, startAfter(client.tenantId ?? ''));
    await first.until(({ received }) => received.length === 1);
    isBroken = true;
    await client.ingest(runEvent('one'));
    await waitUntil(() => service.log.some((line) => line.includes('broken')));
    isBroken = false;
    await waitUntil(async () => {
      const second = subscribeOver(transport, client, RUNS, startAfter(client.tenantId ?? ''));
      await second.until(({ received, error }) => received.length > 0 || error !== undefined);
      await second.close();
      return second.received.length > 0 && second.received[0].errors === undefined;
    });
    expect(JSON.stringify(first.received)).not.toContain('broken');
    await first.close();
    await service.close();
  });
});
