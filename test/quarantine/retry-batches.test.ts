import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { describeOnEachDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import {
  DISCARD,
  insertQuarantined,
  listQuarantined,
  RETRY,
  retryQuarantined,
  type Waiting,
} from '../support/events/quarantine.ts';
import { newTenant } from '../support/events/tenants.ts';
import { type OpenService, startOpenService } from '../support/services/open-service.ts';

const MAX_BATCH = 10;

describeOnEachDatabase('retrying more than one call takes', (kind) => {
  let service: OpenService;
  beforeAll(async () => {
    service = await startOpenService(kind, { MAX_BATCH: String(MAX_BATCH), MAX_EVENT_BYTES: '2000' });
  });
  afterAll(() => service.close());

  const insert = (items: readonly Waiting[]) => insertQuarantined(service.database, items);

  /** Items of a tenant in the order of arrival; those at the named places stay what they are. */
  function toItems(tenantId: string, count: number, isStuck: (index: number) => boolean): Waiting[] {
    return Array.from({ length: count }, (_, index) => ({
      tenantId,
      batchIndex: index,
      raw: runEvent(tenantId, { index }, isStuck(index) ? { id: '' } : {}),
    }));
  }

  /** Retries as the README says: until there is no next cursor. */
  async function retryAll(client: GraphqlClient, onCall: () => Promise<unknown> = async () => undefined) {
    // biome-ignore lint/suspicious/noExplicitAny: results are looked at by the tests, whatever their shape.
    const calls: any[] = [];
    for (let after: string | null | undefined; after !== null; after = calls.at(-1).nextCursor) {
      calls.push(await retryQuarantined(client, { after }));
      await onCall();
    }
    return calls;
  }

  const isStuck = (index: number) => index < 12 || index % 5 === 0;

  test('without ids a call takes the oldest, and its cursor leads through all, those that stay included', async () => {
    const tenantId = newTenant();
    const client = service.client.as(tenantId);
    // More than a call takes stay in front: a loop without the cursor would never get behind them.
    const items = toItems(tenantId, 34, isStuck);
    await insert(items.toReversed());
    const calls = await retryAll(client);
    const batches = [0, 10, 20, 30].map((start) => items.slice(start, start + MAX_BATCH));
    expect(calls.map(({ receipts }) => receipts.length)).toEqual(batches.map(({ length }) => length));
    const countStuck = (batch: Waiting[]) => batch.filter(({ batchIndex = 0 }) => isStuck(batchIndex)).length;
    expect(calls.map(({ quarantined }) => quarantined)).toEqual(batches.map(countStuck));
    for (const { stored, quarantined, receipts } of calls) {
      expect(stored + quarantined).toBe(receipts.length);
      expect(receipts.map(({ index }: { index: number }) => index)).toEqual([...receipts.keys()]);
    }
    const { events } = await client.data('{ events(first: 100) { nodes { raw } } }');
    const free = items.filter(({ batchIndex = 0 }) => !isStuck(batchIndex));
    expect(events.nodes.toReversed()).toEqual(free.map(({ raw }) => ({ raw })));
    const { nodes } = await listQuarantined(client);
    expect(nodes.map(({ raw }) => raw)).toEqual(
      items.filter(({ batchIndex = 0 }) => isStuck(batchIndex)).map(({ raw }) => raw),
    );
  });

  test('there is a cursor to go on with only while there is more', async () => {
    const [exact, more] = [newTenant(), newTenant()];
    await insert([...toItems(exact, MAX_BATCH, () => true), ...toItems(more, MAX_BATCH + 1, () => true)]);
    expect((await retryAll(service.client.as(exact))).map(({ quarantined }) => quarantined)).toEqual([10]);
    expect((await retryAll(service.client.as(more))).map(({ quarantined }) => quarantined)).toEqual([10, 1]);
  });

  test('the cursor of a listed item goes on behind it', async () => {
    const tenantId = newTenant();
    const client = service.client.as(tenantId);
    const items = toItems(tenantId, 5, () => false);
    await insert(items);
    const { quarantinedEvents } = await client.data('{ quarantinedEvents { edges { cursor } } }');
    const { stored } = await retryQuarantined(client, { after: quarantinedEvents.edges[2].cursor });
    expect(stored).toBe(2);
    expect((await listQuarantined(client)).nodes.map(({ raw }) => raw)).toEqual(
      items.slice(0, 3).map(({ raw }) => raw),
    );
  });

  test('ends although every call meets new items that stay, as many as it tries', async () => {
    const tenantId = newTenant();
    const client = service.client.as(tenantId);
    await insert(toItems(tenantId, 25, () => true));
    let left = 3;
    const calls = await retryAll(client, async () => {
      left -= 1;
      const more = Array.from({ length: MAX_BATCH }, () => runEvent(tenantId, {}, { id: '' }));
      if (left > 0) await service.client.ingest(...more);
    });
    expect(calls.map(({ quarantined }) => quarantined)).toEqual([10, 10, 10, 10, 5]);
  });

  test('items of the tenant and items of no tenant are tried in one order', async () => {
    const tenantId = newTenant();
    const client = service.client.as(tenantId);
    const items = toItems(tenantId, 24, () => false).map((item, index) => ({
      ...item,
      tenantId: index % 3 === 0 ? '' : tenantId,
    }));
    await insert(items);
    expect((await retryAll(client)).map(({ stored }) => stored)).toEqual([10, 10, 4]);
    const { events } = await client.data('{ events(first: 100) { nodes { raw } } }');
    expect(events.nodes.toReversed()).toEqual(items.map(({ raw }) => ({ raw })));
  });

  test('what has grown too long for the settings is rejected and stays', async () => {
    const tenantId = newTenant();
    const client = service.client.as(tenantId);
    const raw = { ...runEvent(tenantId), text: 'x'.repeat(2_000) };
    await insert([{ tenantId, raw }]);
    const { receipts } = await retryQuarantined(client);
    expect(receipts).toMatchObject([{ outcome: 'REJECTED', errors: [{ code: 'TOO_LARGE' }] }]);
    const { nodes } = await listQuarantined(client);
    expect(nodes).toMatchObject([{ raw, problems: [{ code: 'TOO_LARGE' }] }]);
  });

  test('more ids than a batch may have are refused, whatever they are', async () => {
    const tenantId = newTenant();
    const client = service.client.as(tenantId);
    await insert(toItems(tenantId, MAX_BATCH + 1, () => false));
    const ids = (await listQuarantined(client)).nodes.map(({ id }) => id);
    for (const named of [ids, Array(MAX_BATCH + 1).fill(ids[0]), Array(MAX_BATCH + 1).fill('x')]) {
      for (const mutation of [RETRY, DISCARD]) {
        const { data, errors } = await client.request(mutation, { input: { ids: named } });
        expect({ data, code: errors?.[0].extensions.code }).toEqual({ data: null, code: 'BATCH_TOO_LARGE' });
        expect(errors?.[0].message).toContain(String(MAX_BATCH));
      }
    }
    expect((await retryQuarantined(client, { ids: ids.slice(1) })).stored).toBe(MAX_BATCH);
  });

  test('ids and a cursor exclude each other; a cursor that is none of quarantine is BAD_CURSOR', async () => {
    const tenantId = newTenant();
    const client = service.client.as(tenantId);
    await service.client.ingest(runEvent(tenantId));
    const { events, eventLog } = await client.data('{ events { edges { cursor } } eventLog { headCursor } }');
    const codeOf = async (input: object) =>
      (await client.request(RETRY, { input })).errors?.map(({ extensions }) => extensions.code);
    expect(await codeOf({ ids: [], after: 'x' })).toEqual(['BAD_USER_INPUT']);
    for (const after of ['', 'x', '\u0000', events.edges[0].cursor, eventLog.headCursor]) {
      expect(await codeOf({ after })).toEqual(['BAD_CURSOR']);
    }
  });

  test('none of it counts as a fault of the service', () => {
    expect(service.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  });
});
