import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { GraphqlClient } from '../support/clients/graphql-client.ts';
import { Relay } from '../support/clients/relay.ts';
import { SseSubscription } from '../support/clients/sse-subscription.ts';
import { createEmptyPostgres, type TestDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { newTenant } from '../support/events/tenants.ts';
import { readMetrics } from '../support/metrics/read-metrics.ts';
import { startLoadBalancer } from '../support/processes/load-balancer.ts';
import type { Nginx } from '../support/processes/nginx.ts';
import { describeWithProgram } from '../support/processes/programs.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { toDose } from '../support/run/dose.ts';
import { findFreePort } from '../support/sockets/free-port.ts';
import { RawWebSocket } from '../support/sockets/raw-web-socket.ts';
import { waitUntil } from '../support/wait-until.ts';

const EVENTS = 'subscription { eventStored { event { position } } }';
const HEAD = '{ eventLog { headPosition } }';

describeWithProgram('the load balancer of docker-compose.yml', 'nginx', (path) => {
  let database: TestDatabase;
  let servers: ServerProcess[];
  let ports: number[];
  let balancer: Nginx;
  const startServer = (port: number | undefined) =>
    new ServerProcess({ DATABASE_URL: database.databaseUrl, PORT: String(port) });

  beforeAll(async () => {
    database = await createEmptyPostgres();
    ports = [await findFreePort(), await findFreePort()];
    // At once, as docker compose starts them: one of them migrates.
    servers = ports.map(startServer);
    await Promise.all(servers.map((server) => server.ready()));
    balancer = await startLoadBalancer(
      path,
      servers.map(({ url }) => url),
    );
  });
  afterAll(async () => {
    await balancer?.[Symbol.asyncDispose]();
    for (const server of servers) await server[Symbol.asyncDispose]();
    await database.drop();
  });

  test('sends queries and mutations to both servers, which read at once what the other has stored', async () => {
    const tenantId = newTenant();
    const client = new GraphqlClient(balancer.url, tenantId);
    // Three requests a round, so that each server gets each of them.
    for (let position = 2; position <= 8; position += 2) {
      await client.ingest(runEvent(tenantId));
      const { receipts } = await client.ingest(runEvent(tenantId));
      expect(receipts[0]).toMatchObject({ outcome: 'STORED', position });
      expect(await client.data(HEAD)).toEqual({ eventLog: { headPosition: position } });
    }
    for (const { url } of servers) {
      const metrics = await readMetrics(url);
      for (const type of ['query', 'mutation']) {
        const name = `qeg_operation_seconds_count{operation="other",type="${type}",result="ok"}`;
        expect(metrics.get(name), `${url}: ${type}`).toBeGreaterThan(0);
      }
    }
  });

  test('shows a subscription over SSE its first comment and each event at once, from whichever server stored it', async () => {
    const tenantId = newTenant();
    const live = new SseSubscription(balancer.url, tenantId, EVENTS);
    onTestFinished(() => live.close());
    await live.until(({ status }) => status === 200, 2_000);
    // The subscription begins before its head is sent.
    for (const [index, server] of servers.entries()) {
      await server.client.ingest(runEvent(tenantId));
      await live.until(({ received }) => received.length === index + 1, 2_000);
    }
  });

  test('passes WebSockets on, as many to each server', async () => {
    const tenantId = newTenant();
    const sockets = await Promise.all(
      Array.from({ length: 4 }, () => RawWebSocket.connect(balancer.url, tenantId)),
    );
    onTestFinished(() => {
      for (const { socket } of sockets) socket.terminate();
    });
    for (const socket of sockets) {
      socket.start(EVENTS);
      // The answer to a later query says that the subscription has begun.
      expect(await socket.codesOf(socket.start('{ __typename }'))).toEqual([]);
    }
    const open = await Promise.all(
      servers.map(async ({ url }) => (await readMetrics(url)).get('qeg_websockets')),
    );
    expect(open).toEqual([2, 2]);
    for (const [index, server] of servers.entries()) {
      await server.client.ingest(runEvent(tenantId));
      for (const socket of sockets) {
        await socket.until(({ payload }) => payload?.data?.eventStored?.event.position === index + 1);
      }
    }
  });

  test('takes bodies of every size that the servers take, and refuses larger ones with a code', async () => {
    const tenantId = newTenant();
    const client = new GraphqlClient(balancer.url, tenantId);
    const events = Array.from({ length: 5 }, () => runEvent(tenantId, { title: 'x'.repeat(1_000_000) }));
    expect((await client.ingest(...events)).stored).toBe(5);
    for (const bytes of [16_900_000, 18_000_000]) {
      const response = await fetch(`${balancer.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: Buffer.alloc(bytes, ' '),
      });
      expect(response.status).toBe(413);
      expect(await readCode(response)).toBe('REQUEST_ENTITY_TOO_LARGE');
    }
  });

  test('does not pass metrics on', async () => {
    const response = await fetch(`${balancer.url}/metrics`);
    expect(response.status).toBe(404);
    expect(await readCode(response)).toBe('NOT_FOUND');
  });

  test('a server is stopped, and one is killed, in the middle of ingest: every request is answered, and nothing is lost', async () => {
    const relay = new Relay({ seed: 1, urls: () => [balancer.url] });
    await relay.goesOn();
    for (let time = 0; time < toDose({ short: 1, full: 10 }); time += 1) {
      for (const [index, signal] of (['SIGTERM', 'SIGKILL'] as const).entries()) {
        await sleep(200);
        expect(await servers[index]?.stop(signal)).toBe(signal === 'SIGTERM' ? 0 : signal);
        await relay.goesOn();
        servers[index] = await startServer(ports[index]).ready();
      }
    }
    await relay.goesOn();
    expect(await relay.finish()).toEqual([]);
    const { unknown, failed, reconnects } = relay.figures;
    // The other server has executed what the lost one had not answered.
    expect({ unknown, failed, codes: [...relay.codes] }).toEqual({ unknown: 0, failed: 0, codes: [] });
    expect(reconnects, 'subscribers were on the lost server').toBeGreaterThan(0);
  }, 90_000);

  test('without any server requests are answered with UNAVAILABLE, and the next server is found at once', async () => {
    for (const server of servers) await server.stop('SIGKILL');
    const client = new GraphqlClient(balancer.url);
    const { status, errors } = await client.request(HEAD);
    expect(status).toBe(503);
    expect(errors?.[0]).toMatchObject({ extensions: { code: 'UNAVAILABLE', retryAfterMs: 1_000 } });
    expect((await fetch(`${balancer.url}/health/ready`)).headers.get('retry-after')).toBe('1');
    const socket = new RawWebSocket(balancer.url);
    await waitUntil(() => socket.refusedWith !== undefined);
    expect(socket.refusedWith).toBe(503);
    servers[1] = await startServer(ports[1]).ready();
    expect((await client.request('{ __typename }')).status).toBe(200);
  });
});

async function readCode(response: Response): Promise<unknown> {
  const { errors } = (await response.json()) as { errors: { extensions: { code: string } }[] };
  return errors[0]?.extensions.code;
}
