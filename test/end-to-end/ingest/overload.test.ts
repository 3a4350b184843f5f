import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { GraphqlResult } from '../../support/clients/graphql-client.ts';
import { lockTenants } from '../../support/databases/tenant-lock.ts';
import { runEvent } from '../../support/events/events.ts';
import { newTenant } from '../../support/events/tenants.ts';
import { type OpenService, startOpenService } from '../../support/services/open-service.ts';
import { beginRequest } from '../../support/sockets/begin-request.ts';
import { RawWebSocket } from '../../support/sockets/raw-web-socket.ts';
import { waitUntil } from '../../support/wait-until.ts';

const MAX_QUEUE_BYTES = 1_000_000;
const MUTATION = `mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) { stored duplicates } }`;

/** A batch of about 100,000 bytes. */
function toBatch(tenantId: string): object[] {
  return Array.from({ length: 10 }, () => runEvent(tenantId, { title: 'x'.repeat(10_000) }));
}

describe('more than a server can hold', () => {
  let service: OpenService;
  beforeAll(async () => {
    service = await startOpenService('postgres', { MAX_QUEUE_BYTES: String(MAX_QUEUE_BYTES) });
  });
  afterAll(() => service.close());

  const send = (batch: object[]) => service.client.request(MUTATION, { events: batch });

  /**
   * Sends batches for a tenant whose log is locked, one after another, until one is answered: the
   * answer can only be a refusal.
   */
  async function fill(tenantId: string) {
    const waiting: Promise<GraphqlResult>[] = [];
    for (;;) {
      const batch = toBatch(tenantId);
      const bytesBefore = service.ingestQueue.bytes;
      const answer = send(batch);
      let refusal: GraphqlResult | undefined;
      void answer.then((result) => {
        refusal = result;
      });
      await waitUntil(() => refusal !== undefined || service.ingestQueue.bytes > bytesBefore);
      if (refusal !== undefined) return { waiting, refusal, refused: batch };
      waiting.push(answer);
      if (waiting.length > 100) throw new Error('Nothing is refused.');
    }
  }

  test('is refused at once with RATE_LIMITED and a hint, and nothing of it is stored; the rest is', async () => {
    const tenantId = newTenant();
    const lock = await lockTenants(service.location, [tenantId]);
    const { waiting, refusal, refused } = await fill(tenantId);
    expect(waiting.length).toBeGreaterThan(0);
    expect(refusal.data).toBeNull();
    const { code, retryAfterMs } = refusal.errors?.[0].extensions ?? {};
    expect(code).toBe('RATE_LIMITED');
    expect(Number.isInteger(retryAfterMs) && retryAfterMs >= 100 && retryAfterMs <= 30_000).toBe(true);

    // One tenant's flood leaves room for others.
    const other = await send([runEvent(newTenant())]);
    expect(other.data?.ingestEvents).toEqual({ stored: 1, duplicates: 0 });

    await lock.release();
    for (const { data } of await Promise.all(waiting)) {
      expect(data?.ingestEvents).toEqual({ stored: 10, duplicates: 0 });
    }
    const again = await send(refused);
    expect(again.data?.ingestEvents, 'nothing of what was refused was taken').toEqual({
      stored: 10,
      duplicates: 0,
    });
    const { eventLog } = await service.client.as(tenantId).data('{ eventLog { headPosition } }');
    expect(eventLog.headPosition).toBe(10 * (waiting.length + 1));
  });

  test('takes all shares of a batch or none: a batch for two tenants, one of them full, is refused whole', async () => {
    const [full, idle] = [newTenant(), newTenant()];
    const lock = await lockTenants(service.location, [full]);
    const { waiting } = await fill(full);
    const { errors } = await send([...toBatch(full), runEvent(idle)]);
    expect(errors?.[0].extensions.code).toBe('RATE_LIMITED');
    await lock.release();
    await Promise.all(waiting);
    const { events } = await service.client.as(idle).data('{ events { totalCount } }');
    expect(events.totalCount).toBe(0);
  });

  test('is taken again as soon as there is room: what was held is given back', async () => {
    const tenantId = newTenant();
    const lock = await lockTenants(service.location, [tenantId]);
    const { waiting } = await fill(tenantId);
    await lock.release();
    await Promise.all(waiting);
    const relock = await lockTenants(service.location, [tenantId]);
    const once = await fill(tenantId);
    expect(once.waiting.length, 'as much finds room as the first time').toBe(waiting.length);
    await relock.release();
    await Promise.all(once.waiting);
  });

  test('finds room when nothing waits, however large it is', async () => {
    const events = Array.from({ length: 100 }, () => runEvent('large', { title: 'x'.repeat(20_000) }));
    const { data } = await send(events);
    expect(data.ingestEvents.stored).toBe(100);
  });

  test('is refused before its body is read, where other bodies are under way; small requests are not', async () => {
    const body = JSON.stringify({ query: MUTATION, variables: { events: toBatch('slow') } });
    const begin = (text: string) => beginRequest(service.url, { 'content-length': text.length });
    // Bodies take half of what may wait: the fifth finds no room.
    const underWay = [];
    for (let count = 0; count < 4; count += 1) underWay.push(await begin(body));
    const { status, errors } = await send(toBatch('slow'));
    expect([status, errors?.[0].extensions.code]).toEqual([429, 'RATE_LIMITED']);
    expect(errors?.[0].extensions.retryAfterMs).toBeGreaterThanOrEqual(100);
    const small = await send([runEvent('small')]);
    expect(small.data?.ingestEvents.stored).toBe(1);
    const answers = await Promise.all(underWay.map((each) => each.finish(body)));
    for (const answer of answers) answer.resume();
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200]);
    expect((await send(toBatch('slow'))).status, 'their room is free again').toBe(200);

    const broken = [];
    for (let count = 0; count < 4; count += 1) broken.push(await begin(body));
    expect((await send(toBatch('slow'))).status).toBe(429);
    for (const { sent } of broken) sent.destroy();
    await waitUntil(async () => (await send(toBatch('slow'))).status === 200);
  });

  test('is refused over a WebSocket, too, whatever holds the room; a message that no operation answers closes it', async () => {
    const socket = await RawWebSocket.connect(service.url, newTenant());
    const pad = 'x'.repeat(150_000);
    const follow = () => socket.start('subscription { eventStored { cursor } }', { pad });
    // Messages take half of what may wait, as long as what they ask for lasts.
    const [first = ''] = [follow(), follow(), follow()];
    const refused = follow();
    expect(await socket.codesOf(refused)).toEqual(['RATE_LIMITED']);
    const [{ payload } = { payload: [] }] = socket.of(refused);
    expect(payload[0].extensions.retryAfterMs).toBeGreaterThanOrEqual(100);
    const small = socket.start('{ __typename }');
    await socket.until(({ id, type }) => id === small && type === 'next');
    socket.complete(first);
    await waitUntil(async () => {
      const id = follow();
      const next = socket.start('{ __typename }');
      await socket.until((message) => message.id === next);
      return socket.of(id).length === 0;
    });
    expect(socket.isOpen).toBe(true);
    socket.send({ type: 'ping', payload: { pad } });
    await waitUntil(() => socket.closeCode !== undefined);
    expect(socket.closeCode).toBe(4422);
  });
});
