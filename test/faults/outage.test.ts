import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/databases.ts';
import { ServerProcess } from '../support/server-process.ts';
import { openTcpProxy } from '../support/tcp-proxy.ts';
import { waitUntil } from '../support/wait-until.ts';
import { startLoad } from './load.ts';

const OUTAGE_ENDS_REQUESTS_MS = 5_500;
const REFUSED_AT_ONCE_MS = 1_000;

test.each([
  ['the server is down and refuses', 'refuse'],
  ['the link swallows every byte and says nothing', 'swallow'],
] as const)('while %s, requests are answered with UNAVAILABLE and streams wait', async (_how, outage) => {
  const database = await createTestDatabase('postgres');
  const proxy = await openTcpProxy(database.databaseUrl ?? '');
  {
    await using server = await ServerProcess.start({ ...database, databaseUrl: proxy.url });
    const client = server.client.as('one');
    const load = startLoad(client, 4, 4);
    await load.live.until(({ received }) => received.length > 10);
    load.slowestMs = 0;

    await proxy[outage]();
    const cutAt = performance.now();
    await waitUntil(async () => (await fetch(`${server.url}/health/ready`)).status === 503, 10_000);
    const readyMs = performance.now() - cutAt;
    await waitUntil(() => (load.codes.get('UNAVAILABLE') ?? 0) >= 40, 10_000);
    expect(load.slowestMs, 'what was under way').toBeLessThan(OUTAGE_ENDS_REQUESTS_MS);
    const underWayMs = load.slowestMs;

    // By now everybody knows.
    await waitUntil(() => performance.now() - cutAt > OUTAGE_ENDS_REQUESTS_MS, 10_000);
    for (const query of ['{ eventLog { headPosition } }', '{ automationRuns { totalCount } }']) {
      const askedAt = performance.now();
      const { errors } = await client.request(query);
      expect(performance.now() - askedAt, 'what comes later').toBeLessThan(REFUSED_AT_ONCE_MS);
      expect(errors?.[0].extensions.code).toBe('UNAVAILABLE');
    }
    const { length: before } = load.acknowledged;
    expect(load.live.completed, 'the stream stays open').toBe(false);
    expect(load.live.closeCode).toBeUndefined();

    await proxy.restore();
    const restoredAt = performance.now();
    await waitUntil(async () => (await fetch(`${server.url}/health/ready`)).status === 200, 10_000);
    await load.live.until(() => load.acknowledged.length > before + 20, 10_000);
    const recoveredMs = performance.now() - restoredAt;
    await load.stop();

    expect(server.stderr).toBe('');
    expect(load.silent).toEqual([]);
    expect([...load.codes.keys()]).toEqual(['UNAVAILABLE']);
    const { headPosition } = (await client.data('{ eventLog { headPosition } }')).eventLog;
    await load.live.until(({ received }) => received.length >= headPosition);
    const log = load.delivered();
    expect(log.map((event) => event?.position)).toEqual(
      Array.from({ length: headPosition }, (_, index) => index + 1),
    );
    expect(load.acknowledged).toHaveLength(headPosition);
    for (const { eventId, position } of load.acknowledged) {
      expect(log[position - 1]?.eventId).toBe(eventId);
    }
    await load.live.close();
    expect(await server.stop()).toBe(0);
    if (process.env.SHOW_FIGURES) {
      console.info({ outage, readyMs, underWayMs, recoveredMs, answered: load.answered, codes: load.codes });
    }
  }
  await proxy.close();
  await database.drop();
});
