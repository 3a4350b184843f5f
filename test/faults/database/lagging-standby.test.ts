import { expect } from 'vitest';
import { subscribeOver } from '../../support/clients/transports.ts';
import { toTestDatabase } from '../../support/databases/databases.ts';
import { startPostgresPair } from '../../support/databases/postgres-pair.ts';
import { runEvent } from '../../support/events/events.ts';
import { startAfter } from '../../support/events/log-cursor.ts';
import { startTestService } from '../../support/services/service.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { faultTest } from '../scenario.ts';
import { STORES_AGAIN_MS, toUrl } from './pair-scenario.ts';

const EVENTS =
  'subscription ($after: String) { eventStored(after: $after) { cursor event { position eventId } } }';

faultTest(
  'a standby that lacks the newest events is promoted: open streams that have delivered them end with BAD_CURSOR',
  { short: 1, full: 4 },
  async ({ times }) => {
    for (let time = 0; time < times; time += 1) await loseEvents();
  },
);

async function loseEvents(): Promise<void> {
  await using pair = await startPostgresPair();
  await pair.primary.execute('alter system reset synchronous_standby_names', 'select pg_reload_conf()');
  const service = await startTestService('postgres', {}, toTestDatabase(toUrl(pair.primary, pair.standby)));
  try {
    const tenants = ['idle', 'busy', 'intact'] as const;
    const clients = tenants.map((tenantId) => service.client.as(tenantId));
    const send = (tenantId: string, count: number) =>
      service.client.as(tenantId).ingest(...Array.from({ length: count }, () => runEvent(tenantId)));
    for (const tenantId of tenants) await send(tenantId, 2);
    // Two equal WebSocket subscribers form a broadcast group.
    const follow = (index: number) =>
      (['SSE', 'WebSocket', 'WebSocket'] as const).map((transport) =>
        subscribeOver(transport, clients[index] ?? service.client, EVENTS, startAfter(tenants[index] ?? '')),
      );
    const [idle, busy, intact] = [follow(0), follow(1), follow(2)];
    await waitUntil(() => [...idle, ...busy, ...intact].every(({ received }) => received.length === 2));

    await pair.standby.end('fast');
    for (const tenantId of ['idle', 'busy']) await send(tenantId, 2);
    await waitUntil(() => [...idle, ...busy].every(({ received }) => received.length === 4));
    await pair.primary.crash();
    await pair.standby.startAsStandby();
    await pair.promote();

    // New events get the positions of the lost ones, and more.
    const stored = async () => {
      await send('busy', 5);
      await send('intact', 1);
      return true;
    };
    await waitUntil(() => stored().catch(() => false), STORES_AGAIN_MS);
    for (const live of [...idle, ...busy]) {
      await live.until(({ completed, error }) => completed || Boolean(error), 10_000);
      expect(JSON.stringify([live.received[4], live.error])).toContain('BAD_CURSOR');
      expect(live.received.slice(0, 4).map(({ eventStored }) => eventStored.event.position)).toEqual([
        1, 2, 3, 4,
      ]);
    }
    for (const live of intact) {
      await live.until(({ received }) => received.length > 2);
      expect(live.received[2].eventStored.event.position).toBe(3);
    }

    // A new subscriber receives what the database contains now.
    const { events } = await service.client
      .as('busy')
      .data('{ events(orderBy: [{ field: POSITION, direction: ASC }]) { nodes { position eventId } } }');
    const again = subscribeOver('SSE', service.client.as('busy'), EVENTS, startAfter('busy'));
    await again.until(({ received }) => received.length >= events.nodes.length);
    expect(again.received.map(({ eventStored }) => eventStored.event)).toEqual(events.nodes);
    await Promise.all([again, ...intact].map((live) => live.close()));
  } finally {
    await service.close();
  }
}
