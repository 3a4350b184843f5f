import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { createTestDatabase } from '../support/databases/databases.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { beginRequest } from '../support/sockets/begin-request.ts';
import { RawWebSocket } from '../support/sockets/raw-web-socket.ts';
import { waitUntil } from '../support/wait-until.ts';

/** Asks for liveness over a connection of the agent; gives the answer once it was read. */
async function ask(url: string, agent: Agent, path = '/health/live'): Promise<IncomingMessage> {
  const sent = request(`${url}${path}`, { agent }).end();
  const [response] = await once(sent, 'response');
  response.resume();
  await once(response, 'end');
  return response;
}

// The connections idle at the same time.
describe.concurrent('connections between requests', () => {
  let service: TestService;
  let brief: TestService;
  beforeAll(async () => {
    service = await startTestService('postgres');
    brief = await startTestService('postgres', { KEEP_ALIVE_SECONDS: '1' });
  });
  afterAll(async () => {
    await service.close();
    await brief.close();
  });

  test('an idle one is kept for longer than a load balancer keeps it, and answers state it', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const first = await ask(service.url, agent);
    expect(first.headers['keep-alive']).toBe('timeout=75');
    await sleep(6_500);
    const sent = request(`${service.url}/health/live`, { agent }).end();
    const [response] = await once(sent, 'response');
    response.resume();
    expect(sent.reusedSocket).toBe(true);
    agent.destroy();
  });

  test('an idle one is closed after KEEP_ALIVE_SECONDS', async () => {
    const socket = connect(Number(new URL(brief.url).port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += String(chunk);
    });
    socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await waitUntil(() => text.includes('live\n'));
    expect(text).toMatch(/^Keep-Alive: timeout=1\r$/m);
    const answeredAt = performance.now();
    await once(socket, 'close');
    expect(performance.now() - answeredAt).toBeGreaterThan(900);
    expect(performance.now() - answeredAt).toBeLessThan(4_000);
  });

  test('an idle one may wait before its first request too', async () => {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    await sleep(6_500);
    socket.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    const [chunk] = await once(socket, 'data');
    expect(String(chunk)).toContain('200 OK');
  });

  test('while a server drains, its answers close their connections, also of requests that came before', async () => {
    const database = await createTestDatabase('postgres');
    await using server = await ServerProcess.start(database);
    const socket = await RawWebSocket.connect(server.url, 'drain');
    // A socket that does not answer the farewell keeps the server draining for a moment.
    socket.socket.pause();
    const underWay = await beginRequest(server.url);
    server.child.kill('SIGTERM');
    await waitUntil(async () => (await fetch(`${server.url}/health/ready`)).status === 503);
    const agent = new Agent({ keepAlive: true });
    for (const path of ['/health/live', '/health/ready', '/other', '/graphql']) {
      const { headers } = await ask(server.url, agent, path);
      expect([path, headers.connection, headers['keep-alive']]).toEqual([path, 'close', undefined]);
    }
    const answer = await underWay.finish('{"query":"{ __typename }"}');
    expect([answer.statusCode, answer.headers.connection]).toEqual([200, 'close']);
    answer.resume();
    agent.destroy();
    expect(await server.end(10_000)).toBe(0);
    socket.socket.terminate();
    await database.drop();
  });
});

test.each(['0', '-1', '1.5', '75s', '3601', 'x'])('KEEP_ALIVE_SECONDS=%s is a misconfiguration', (value) => {
  expect(() => parseConfig({ KEEP_ALIVE_SECONDS: value })).toThrow(/KEEP_ALIVE_SECONDS/);
});
