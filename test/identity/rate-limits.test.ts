import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Refusal } from '../../src/domain/refusal.ts';
import { CallerRates } from '../../src/http/identity/caller-rates.ts';
import { askOver, codesOf, type FirstAnswer, WAYS_TO_ASK } from '../support/clients/ask-over.ts';
import { SseSubscription } from '../support/clients/sse-subscription.ts';
import { runEvent } from '../support/events/events.ts';
import { SECRET, toToken } from '../support/identity/tokens.ts';
import { startIngest } from '../support/processes/command-process.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { RawWebSocket } from '../support/sockets/raw-web-socket.ts';
import { waitUntil } from '../support/wait-until.ts';

const LIMIT = 6;
const EVENTS = Array.from({ length: 20 }, () => runEvent('one'));
const QUERY = { query: '{ __typename }' };
const INGEST =
  'mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) { stored duplicates } }';

describe('operations per minute and caller', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService('postgres', {
      AUTH_JWT_SECRET: SECRET,
      RATE_LIMIT_OPERATIONS: String(LIMIT),
    });
  });
  afterAll(() => service.close());

  const expectRefused = (answer: FirstAnswer) => {
    expect(codesOf(answer)).toEqual(['RATE_LIMITED']);
    const { retryAfterMs } = answer.errors?.[0].extensions ?? {};
    expect(retryAfterMs).toBeGreaterThan(0);
    // A token comes back every sixth of a minute.
    expect(retryAfterMs).toBeLessThanOrEqual(60_000 / LIMIT);
    return retryAfterMs as number;
  };

  test('are one budget over all transports, and a refusal says when to retry', async () => {
    const token = await toToken({ sub: 'one' });
    for (let round = 0; round < LIMIT; round += 1) {
      const way = WAYS_TO_ASK[round % WAYS_TO_ASK.length] ?? 'POST';
      expect(codesOf(await askOver(way, service.url, QUERY, { token }))).toEqual([]);
    }
    for (const way of WAYS_TO_ASK) {
      const answer = await askOver(way, service.url, QUERY, { token });
      const retryAfterMs = expectRefused(answer);
      if (way === 'WebSocket') continue;
      expect(answer.status).toBe(429);
      expect(Number(answer.headers?.get('retry-after'))).toBe(Math.ceil(retryAfterMs / 1_000));
    }
  });

  test('are those of the subject, whatever its tokens and tenants are', async () => {
    const tokens = [
      await toToken({ sub: 'two', tenantId: 'a' }),
      await toToken({ sub: 'two', tenantId: ['b', 'c'] }),
      await toToken({ sub: 'two', tenantId: '*', scope: '' }),
    ];
    for (let round = 0; round < LIMIT; round += 1) {
      const token = tokens[round % tokens.length] ?? '';
      expect(codesOf(await askOver('POST', service.url, QUERY, { token }))).toEqual([]);
    }
    for (const token of tokens) expectRefused(await askOver('POST', service.url, QUERY, { token }));
    const other = await toToken({ sub: 'three', tenantId: 'a' });
    expect(codesOf(await askOver('POST', service.url, QUERY, { token: other }))).toEqual([]);
  });

  test('are those of the tenant for tokens without a subject, and of the address without a tenant', async () => {
    const own = { token: await toToken({ tenantId: 'd' }) };
    const listed = { token: await toToken({ tenantId: ['d', 'e'] }), tenantId: 'd' };
    for (let round = 0; round < LIMIT; round += 1) {
      expect(codesOf(await askOver('POST', service.url, QUERY, round % 2 === 0 ? own : listed))).toEqual([]);
    }
    for (const asking of [own, listed]) expectRefused(await askOver('GET', service.url, QUERY, asking));
    expect(codesOf(await askOver('POST', service.url, QUERY, { ...listed, tenantId: 'e' }))).toEqual([]);
    // Neither a tenant that the token lacks nor none has a budget of its own, and neither takes
    // from the budget of the address.
    const unnamed = [{ token: listed.token }, { ...listed, tenantId: 'f' }];
    for (let round = 0; round < LIMIT; round += 1) {
      const answer = await askOver('POST', service.url, QUERY, unnamed[round % unnamed.length]);
      expect(codesOf(answer)).not.toContain('RATE_LIMITED');
    }
    for (const asking of unnamed) expectRefused(await askOver('POST', service.url, QUERY, asking));
    const ofNone = await askOver('POST', service.url, QUERY, { token: await toToken({ tenantId: [] }) });
    expect(codesOf(ofNone)).not.toContain('RATE_LIMITED');
  });

  test('are those of the token where it is for all tenants, whatever tenants it names', async () => {
    const token = await toToken({ tenantId: '*' });
    const ask = (round: number) => askOver('POST', service.url, QUERY, { token, tenantId: `all-${round}` });
    for (let round = 0; round < LIMIT; round += 1) expect(codesOf(await ask(round))).toEqual([]);
    expectRefused(await ask(LIMIT));
  });

  test('count operations that are refused for other reasons, and starting a subscription once', async () => {
    const token = await toToken({ sub: 'four', tenantId: 'g' });
    const live = 'subscription { eventStored { cursor } }';
    const stream = new SseSubscription(service.url, undefined, live, {}, undefined, undefined, token);
    const socket = await RawWebSocket.init(service.url, { authorization: `Bearer ${token}` });
    const id = socket.start(live);
    await askOver('POST', service.url, { query: '{' }, { token });
    await waitUntil(async () => {
      const writer = service.client.with(await toToken({ sub: `writer ${Math.random()}`, tenantId: 'g' }));
      await writer.ingest(runEvent('g'), runEvent('g'));
      return stream.received.length > 1 && socket.of(id).length > 1;
    });
    // Its results are no operations, so three of six are left.
    for (let round = 3; round < LIMIT; round += 1)
      expect(await socket.codesOf(socket.start('{ __typename }'))).toEqual([]);
    const refused = socket.start(live);
    expect(await socket.codesOf(refused)).toEqual(['RATE_LIMITED']);
    expect(socket.of(refused)[0]?.type).toBe('error');
    expect(socket.isOpen).toBe(true);
    socket.socket.terminate();
    await stream.close();
  });

  test('are not spent by health checks, preflights and requests without a valid token', async () => {
    for (let round = 0; round < 2 * LIMIT; round += 1) {
      expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
      expect((await askOver('POST', service.url, QUERY)).status).toBe(401);
    }
  });
});

describe('an open server', () => {
  test('limits the tenant that is named, and else the address', async () => {
    const service = await startTestService('postgres', { RATE_LIMIT_OPERATIONS: '2' });
    for (const asking of [{ tenantId: 'a' }, { tenantId: 'b' }, {}]) {
      const codes = [];
      for (let round = 0; round < 3; round += 1)
        codes.push(codesOf(await askOver('POST', service.url, QUERY, asking)));
      expect(codes).toEqual([[], [], ['RATE_LIMITED']]);
    }
    await service.close();
  });
});

describe('events per minute and caller', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService('postgres', { AUTH_JWT_SECRET: SECRET, RATE_LIMIT_EVENTS: '10' });
  });
  afterAll(() => service.close());

  const send = async (subject: string, count: number, way: 'POST' | 'WebSocket' = 'POST') => {
    const events = EVENTS.slice(0, count);
    const token = await toToken({ sub: subject });
    return askOver(way, service.url, { query: INGEST, variables: { events } }, { token });
  };

  test('count every item, duplicates too, and a batch is refused whole', async () => {
    expect((await send('one', 6)).data.ingestEvents).toEqual({ stored: 6, duplicates: 0 });
    expect((await send('one', 3, 'WebSocket')).data.ingestEvents).toEqual({ stored: 0, duplicates: 3 });
    const refused = await send('one', 2);
    expect(codesOf(refused)).toEqual(['RATE_LIMITED']);
    expect(refused.errors?.[0].extensions.retryAfterMs).toBeGreaterThan(1_000);
    expect(refused.errors?.[0].extensions.retryAfterMs).toBeLessThanOrEqual(6_000);
    expect(Number(refused.headers?.get('retry-after'))).toBeGreaterThan(0);
    expect(codesOf(await send('one', 2, 'WebSocket'))).toEqual(['RATE_LIMITED']);
    // What was refused took nothing.
    expect((await send('one', 1)).data.ingestEvents).toEqual({ stored: 0, duplicates: 1 });
  });

  test('make a batch that exceeds the whole limit BATCH_TOO_LARGE, which takes nothing', async () => {
    expect(codesOf(await send('two', 11))).toEqual(['BATCH_TOO_LARGE']);
    expect((await send('two', 10)).data.ingestEvents).toEqual({ stored: 4, duplicates: 6 });
  });

  test('do not limit queries', async () => {
    const token = await toToken({ sub: 'three' });
    await send('three', 10);
    for (let round = 0; round < 20; round += 1) {
      expect(codesOf(await askOver('POST', service.url, QUERY, { token }))).toEqual([]);
    }
  });

  test('slow npm run ingest down, which halves its batches, waits as asked, and loses nothing', async () => {
    const limited = await startTestService('postgres', { RATE_LIMIT_EVENTS: '120' });
    const input = Array.from({ length: 124 }, () => `${JSON.stringify(runEvent('many'))}\n`).join('');
    const startedAt = performance.now();
    await using command = startIngest(limited.url, ['--in-flight', '1', '--batch', '124'], { input });
    const { status, stdout } = await command.result();
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^STORED +124\n/)]);
    // Two events come back each second.
    expect(performance.now() - startedAt).toBeGreaterThan(1_500);
    await limited.close();
  });
});

describe('what is remembered of callers', () => {
  test('comes back at its rate, and the wait that a refusal names is enough', () => {
    let now = 0;
    const rates = new CallerRates({ rateLimitOperations: 7, rateLimitEvents: 0 }, () => now);
    for (let round = 0; round < 7; round += 1) expect(rates.takeOperation('a')).toBeUndefined();
    for (let round = 0; round < 1_000; round += 1) {
      const refusal = rates.takeOperation('a');
      expect(refusal).toBeInstanceOf(Refusal);
      now += Number(refusal?.details.retryAfterMs);
      expect(rates.takeOperation('a')).toBeUndefined();
    }
    now += 60_000;
    for (let round = 0; round < 7; round += 1) expect(rates.takeOperation('a')).toBeUndefined();
    expect(rates.takeOperation('a')).toBeDefined();
  });

  test('is bounded, however many callers there are', () => {
    const rates = new CallerRates({ rateLimitOperations: 1, rateLimitEvents: 1 }, () => 0);
    const before = process.memoryUsage().heapUsed;
    for (let caller = 0; caller < 300_000; caller += 1) rates.takeOperation(`subject ${caller}`);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100_000_000);
    // The last callers are still limited.
    expect(rates.takeOperation('subject 299999')).toBeDefined();
  });
});
