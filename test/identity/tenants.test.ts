import { afterAll, beforeAll, expect, test } from 'vitest';
import { SseSubscription } from '../support/clients/sse-subscription.ts';
import { describeOnOneDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { SECRET, toToken } from '../support/identity/tokens.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { RawWebSocket } from '../support/sockets/raw-web-socket.ts';
import { waitUntil } from '../support/wait-until.ts';

const HEAD = '{ eventLog { headPosition } }';
const EVERYTHING = '*';
const TENANTS = ['one', 'two', 'three'];

describeOnOneDatabase('the tenants of a token', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind, { AUTH_JWT_SECRET: SECRET });
    const all = service.client.with(await toToken({ tenantId: EVERYTHING }));
    // Tenant one has one event, tenant two has two.
    await all.ingest(runEvent('one'), runEvent('two'), runEvent('two'));
  });
  afterAll(() => service.close());

  /** The head that a caller reads, or the code that it gets, over HTTP, SSE and a WebSocket. */
  async function readHead(claim: unknown, named?: string): Promise<unknown> {
    const token = await toToken({ tenantId: claim });
    const client = service.client.with(token);
    const { data, errors } = await (named === undefined ? client : client.as(named)).request(HEAD);
    const overHttp = errors?.[0].extensions.code ?? data.eventLog.headPosition;

    const socket = new RawWebSocket(service.url);
    await waitUntil(() => socket.isOpen);
    socket.send({
      type: 'connection_init',
      payload: { authorization: `Bearer ${token}`, ...(named !== undefined && { tenantId: named }) },
    });
    await socket.until(({ type }) => type === 'connection_ack');
    const id = socket.start(HEAD);
    const [code] = await socket.codesOf(id);
    expect(code ?? socket.of(id)[0]?.payload.data.eventLog.headPosition, 'WebSocket').toEqual(overHttp);
    socket.socket.terminate();

    if (errors !== undefined) {
      const query = 'subscription { eventStored { cursor } }';
      const stream = new SseSubscription(service.url, named, query, {}, undefined, undefined, token);
      await stream.until(({ received }) => received.length > 0);
      expect(stream.received[0].errors[0].extensions.code, 'SSE').toBe(overHttp);
    }
    return overHttp;
  }

  test('one: the request acts for it, named or not', async () => {
    expect(await readHead('two')).toBe(2);
    expect(await readHead('two', 'two')).toBe(2);
    expect(await readHead(['two'])).toBe(2);
    expect(await readHead(['two', 'two'])).toBe(2);
  });

  test('several, or all: the request names the one', async () => {
    for (const claim of [TENANTS, EVERYTHING, [EVERYTHING]]) {
      expect(await readHead(claim, 'one')).toBe(1);
      expect(await readHead(claim, 'two')).toBe(2);
      expect(await readHead(claim, 'three')).toBe(0);
      expect(await readHead(claim)).toBe('TENANT_REQUIRED');
    }
    const { errors } = await service.client.with(await toToken({ tenantId: TENANTS })).request(HEAD);
    expect(errors?.[0].message).toContain('x-tenant-id');
    expect(errors?.[0].message).toContain('"one", "two", "three"');
  });

  test('others than the one that the request names: FORBIDDEN, whether it exists or not', async () => {
    const messages = new Set<string>();
    for (const named of ['two', 'four', 'ONE', EVERYTHING]) {
      expect(await readHead('one', named), named).toBe('FORBIDDEN');
      expect(await readHead(['one', 'three'], named), named).toBe('FORBIDDEN');
      const { errors } = await service.client
        .with(await toToken())
        .as(named)
        .request(HEAD);
      messages.add(errors?.[0].message);
    }
    expect([...messages]).toEqual(['The token is not for the tenant that the request names.']);
  });

  test.each([
    ['no claim', undefined],
    ['null', null],
    ['an empty text', ''],
    ['an empty list', []],
    ['a number', 7],
    ['an object', { one: true }],
    ['true', true],
    ['a text that is too long', 'x'.repeat(257)],
    ['a control character', 'o\u0000ne'],
    ['a list of what is no tenant', [7, null, '', ['one']]],
  ])('none that is usable, for %s: FORBIDDEN', async (_what, claim) => {
    expect(await readHead(claim)).toBe('FORBIDDEN');
    expect(await readHead(claim, 'one')).toBe('FORBIDDEN');
    const { data, errors } = await service.client
      .with(await toToken({ tenantId: claim }))
      .request('mutation ($e: JSON!) { ingestEvents(input: { events: [$e] }) { stored } }', {
        e: runEvent('one'),
      });
    expect([data, errors?.[0].extensions.code]).toEqual([null, 'FORBIDDEN']);
  });

  test('with a usable one beside unusable ones: that one', async () => {
    expect(await readHead([7, '', 'two', null])).toBe(2);
  });

  test('limit what ingestEvents writes, not the header', async () => {
    const outcomes = async (claim: unknown, named?: string) => {
      const client = service.client.with(await toToken({ tenantId: claim }));
      const { receipts } = await (named === undefined ? client : client.as(named)).ingest(
        runEvent('three'),
        runEvent('four'),
      );
      return receipts.map((receipt: { outcome: string; errors: { code: string }[] }) => [
        receipt.outcome,
        ...receipt.errors.map(({ code }) => code),
      ]);
    };
    const refused = ['REJECTED', 'FORBIDDEN_TENANT'];
    expect(await outcomes('three')).toEqual([['STORED'], refused]);
    expect(await outcomes(['three', 'five'])).toEqual([['STORED'], refused]);
    expect(await outcomes(['three', 'five'], 'five')).toEqual([['STORED'], refused]);
    expect(await outcomes(EVERYTHING)).toEqual([['STORED'], ['STORED']]);
    const { errors } = await service.client
      .with(await toToken({ tenantId: 'three' }))
      .as('four')
      .request('mutation { ingestEvents(input: { events: [{}] }) { stored } }');
    expect(errors?.[0].extensions.code, 'a tenant that is not the token’s').toBe('FORBIDDEN');
  });

  test('own the quarantined items without a tenant: the only one, or else a caller for all tenants', async () => {
    const item = (name: string) => ({
      specversion: '1.0',
      id: name,
      type: 'com.qlik.v1.app.created',
      source: 's',
    });
    const QUARANTINE = '{ quarantinedEvents { nodes { id tenantId raw } } }';
    const itemsOf = async (claim: unknown, named: string) =>
      (
        await service.client
          .with(await toToken({ tenantId: claim }))
          .as(named)
          .data(QUARANTINE)
      ).quarantinedEvents.nodes.map((node: { tenantId: unknown; raw: { id: string } }) => [
        node.raw.id,
        node.tenantId,
      ]);
    const send = async (claim: unknown, name: string) =>
      (await service.client.with(await toToken({ tenantId: claim })).ingest(item(name))).receipts[0];
    expect(await send('six', 'of six')).toMatchObject({ outcome: 'QUARANTINED', tenantId: null });
    expect(await send(['six', 'seven'], 'of several')).toMatchObject({
      outcome: 'QUARANTINED',
      tenantId: null,
    });
    expect(await send(EVERYTHING, 'of all')).toMatchObject({ outcome: 'QUARANTINED', tenantId: null });
    expect(await itemsOf('six', 'six')).toEqual([['of six', 'six']]);
    expect(await itemsOf(['six', 'seven'], 'seven')).toEqual([]);
    expect(await itemsOf(EVERYTHING, 'seven')).toEqual([
      ['of several', null],
      ['of all', null],
    ]);
    const six = service.client.with(await toToken({ tenantId: 'six' }));
    const retried = await six.data(
      'mutation { retryQuarantinedEvents(input: {}) { quarantined receipts { tenantId } } }',
    );
    expect(retried.retryQuarantinedEvents).toEqual({ quarantined: 1, receipts: [{ tenantId: null }] });
    expect(await itemsOf('six', 'six')).toEqual([['of six', 'six']]);
    const { quarantinedEvents } = await six.data(QUARANTINE);
    const discard =
      'mutation ($ids: [ID!]!) { discardQuarantinedEvents(input: { ids: $ids }) { discarded } }';
    const ids = [quarantinedEvents.nodes[0].id];
    expect((await six.data(discard, { ids })).discardQuarantinedEvents.discarded).toBe(1);
  });
});

test('AUTH_TENANT_CLAIM names the claim, as it is', async () => {
  const AUTH_TENANT_CLAIM = 'https://example.com/tenant';
  const service = await startTestService('postgres', { AUTH_JWT_SECRET: SECRET, AUTH_TENANT_CLAIM });
  const tenantOf = async (claims: Record<string, unknown>) => {
    const { data, errors } = await service.client
      .with(await toToken(claims))
      .request('{ viewer { tenantId } }');
    return errors?.[0].extensions.code ?? data.viewer.tenantId;
  };
  expect(await tenantOf({ [AUTH_TENANT_CLAIM]: 'two' })).toBe('two');
  expect(await tenantOf({ tenantId: 'one' })).toBe('FORBIDDEN');
  await service.close();
});
