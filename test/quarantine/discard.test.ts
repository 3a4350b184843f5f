import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEachDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { DISCARD, discardQuarantined, listQuarantined } from '../support/events/quarantine.ts';
import { newTenant } from '../support/events/tenants.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

describeOnEachDatabase('discarding quarantined events', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  async function send(tenantId: string, count: number): Promise<{ raws: object[]; ids: string[] }> {
    const raws = Array.from({ length: count }, () => runEvent(tenantId, {}, { id: '' }));
    await service.client.ingest(...raws);
    const { nodes } = await listQuarantined(service.client.as(tenantId));
    return { raws, ids: nodes.filter((node) => node.tenantId === tenantId).map(({ id }) => id) };
  }

  test('removes those named, counts each that was there once, and is safe to repeat', async () => {
    const tenantId = newTenant();
    const client = service.client.as(tenantId);
    const { raws, ids } = await send(tenantId, 5);
    const [first = '', , third = ''] = ids;
    expect(await discardQuarantined(client, [first, third, first, 'unknown', '', '\u0000'])).toBe(2);
    expect((await listQuarantined(client)).nodes.map(({ raw }) => raw)).toEqual([raws[1], raws[3], raws[4]]);
    expect(await discardQuarantined(client, [first, third])).toBe(0);
    expect(await discardQuarantined(client, [])).toBe(0);
    expect(await discardQuarantined(client, ids)).toBe(3);
    expect((await listQuarantined(client)).totalCount).toBe(0);
  });

  test('the same bytes sent again are in quarantine again, as new', async () => {
    const tenantId = newTenant();
    const client = service.client.as(tenantId);
    const { raws, ids } = await send(tenantId, 2);
    await discardQuarantined(client, ids.slice(0, 1));
    await service.client.ingest(raws[0]);
    const { nodes } = await listQuarantined(client);
    expect(nodes.map(({ id, raw }) => [id, raw])).toEqual([
      [ids[1], raws[1]],
      [ids[0], raws[0]],
    ]);
  });

  test("leaves another tenant's alone, and events", async () => {
    const [one, other] = [newTenant(), newTenant()];
    const { ids } = await send(one, 2);
    await service.client.ingest(runEvent(other));
    const { events } = await service.client.as(other).data('{ events { nodes { id } } }');
    expect(await discardQuarantined(service.client.as(other), [...ids, events.nodes[0].id])).toBe(0);
    expect((await listQuarantined(service.client.as(one))).totalCount).toBe(2);
    expect((await service.client.as(other).data('{ events { totalCount } }')).events.totalCount).toBe(1);
  });

  test('items without a tenant are discarded by whoever may act for all', async () => {
    const tenantId = newTenant();
    const client = service.client.as(tenantId);
    const { receipts } = await service.client.ingest({ of: tenantId });
    expect(receipts[0].tenantId).toBeNull();
    const item = (await listQuarantined(client)).nodes.find((node) => node.tenantId === null);
    expect(await discardQuarantined(client, [item?.id ?? ''])).toBe(1);
  });

  test('clientMutationId comes back, and ids have to be given', async () => {
    const client = service.client.as(newTenant());
    const { discardQuarantinedEvents } = await client.data(DISCARD, {
      input: { ids: [], clientMutationId: 'mine' },
    });
    expect(discardQuarantinedEvents).toEqual({ discarded: 0, clientMutationId: 'mine' });
    for (const input of [{}, { ids: null }, { ids: [null] }]) {
      const { errors } = await client.request(DISCARD, { input });
      expect(errors?.[0].extensions.code).toBe('BAD_USER_INPUT');
    }
  });
});
