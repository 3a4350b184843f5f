import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../support/databases/databases.ts';
import { runEvent } from '../../support/events/events.ts';
import { newTenant } from '../../support/events/tenants.ts';
import { ServerProcess } from '../../support/processes/server-process.ts';
import { sendRaw } from '../../support/sockets/raw-http.ts';
import { RawWebSocket } from '../../support/sockets/raw-web-socket.ts';
import { waitUntil } from '../../support/wait-until.ts';

const MEGABYTE = 1_048_576;

describe('a server with hostile clients', () => {
  let database: TestDatabase;
  let server: ServerProcess;

  beforeAll(async () => {
    database = await createTestDatabase('postgres');
    server = await ServerProcess.start(database, { MAX_CONNECTIONS: '3' });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await database.drop();
  });

  const memoryOf = ({ pid }: ServerProcess) =>
    (Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1_024) / MEGABYTE;
  const toUpgrade = (path: string, headers: string) =>
    `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n${headers}\r\n`;

  test.each([
    ['to another path', '/nope', ''],
    ['from a foreign page', '/graphql', 'Origin: http://evil.example\r\n'],
    ['that is let in', '/graphql', ''],
  ])('lives on when an upgrade %s is reset', async (_what, path, headers) => {
    for (let time = 0; time < 30; time += 1) {
      await new Promise<void>((resolve) => {
        const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => {
          socket.write(toUpgrade(path, headers));
          setTimeout(() => socket.resetAndDestroy(), time % 3);
        });
        socket.on('error', () => undefined);
        socket.on('close', () => resolve());
      });
    }
    await server.client.data('{ __typename }');
    expect(server.ended).toBeUndefined();
  });

  test.each(['ping', 'connection_init', 'subscribe'])(
    'keeps its memory when nobody reads the answers to %s messages',
    async (type) => {
      const before = memoryOf(server);
      // With a mask of zeros, masking 8 MB costs the client no time.
      const options = { generateMask: (mask: Buffer) => mask.fill(0) };
      const sockets = await Promise.all(
        [1, 2].map(() => RawWebSocket.connect(server.url, newTenant(), options)),
      );
      const text = 'x'.repeat(8 * MEGABYTE);
      for (const { socket } of sockets) socket.pause();
      const payload = type === 'subscribe' ? { query: '{ __typename }', variables: { text } } : { text };
      const json = JSON.stringify(payload);
      for (let time = 0; time < 20; time += 1) {
        for (const socket of sockets) {
          if (socket.isOpen) socket.send(`{"type":"${type}","id":"${time}","payload":${json}}`);
        }
        await sleep(20);
      }
      await waitUntil(() => sockets.every(({ isOpen, socket }) => !isOpen || socket.bufferedAmount === 0));
      await sleep(500);
      // 320 MB have been sent.
      expect(memoryOf(server) - before).toBeLessThan(250);
      for (const { socket } of sockets) socket.terminate();
      await server.client.data('{ __typename }');
    },
  );

  test('answers a ping, with what it had if that is little', async () => {
    const socket = await RawWebSocket.connect(server.url, newTenant());
    socket.send({ type: 'ping' });
    socket.send({ type: 'ping', payload: { at: 1 } });
    socket.send({ type: 'ping', payload: { text: 'x'.repeat(10_000) } });
    await waitUntil(() => socket.messages.filter(({ type }) => type === 'pong').length === 3);
    expect(socket.messages.slice(1)).toEqual([
      { type: 'pong' },
      { type: 'pong', payload: { at: 1 } },
      { type: 'pong' },
    ]);
    socket.socket.terminate();
  });

  test.each([[{ toString: 1 }], [['one']], [5], [true], ['\u0000']])(
    'says what is wrong with a tenant like %j',
    async (tenantId) => {
      const socket = new RawWebSocket(server.url);
      await waitUntil(() => socket.isOpen);
      socket.send({ type: 'connection_init', payload: { tenantId } });
      await socket.until(({ type }) => type === 'connection_ack');
      const id = socket.start('{ eventLog { headPosition } }');
      expect(await socket.codesOf(id)).toEqual(['BAD_USER_INPUT']);
      socket.socket.terminate();
    },
  );

  test('counts connections by the tenant that they act for, named or not', async () => {
    await using alone = await ServerProcess.start(await createTestDatabase('postgres'), {
      MAX_CONNECTIONS: '3',
    });
    await alone.client.ingest(runEvent('only'));
    const sockets = [];
    for (const tenantId of ['only', '', undefined])
      sockets.push(await RawWebSocket.connect(alone.url, tenantId));
    const fourth = new RawWebSocket(alone.url);
    await waitUntil(() => fourth.isOpen);
    fourth.send({ type: 'connection_init', payload: { tenantId: 'only' } });
    await waitUntil(() => fourth.closeCode !== undefined);
    expect(fourth.closeCode).toBe(4420);
    for (const { socket } of sockets) socket.terminate();
  });

  test('closes a socket that sends a large message before connection_init', async () => {
    const socket = new RawWebSocket(server.url);
    await waitUntil(() => socket.isOpen);
    socket.send({ type: 'ping', payload: { text: 'x'.repeat(300_000) } });
    await waitUntil(() => socket.closeCode !== undefined);
    expect(socket.closeCode).toBe(1009);
  });

  test('answers a ping whose payload nests deep without the payload', async () => {
    const socket = new RawWebSocket(server.url);
    await waitUntil(() => socket.isOpen);
    const payload = `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`;
    socket.socket.send(`{"type":"ping","payload":${payload}}`);
    expect(await socket.until(({ type }) => type === 'pong')).toEqual({ type: 'pong' });
    socket.socket.terminate();
  });

  test('serves a request that offers HTTP/2 as if it did not', async () => {
    const upgrade =
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';
    const live = await sendRaw(
      server.url,
      `GET /health/live HTTP/1.1\r\nHost: localhost\r\n${upgrade}\r\n`,
      500,
    );
    expect(live.status).toBe(200);
    expect(live.text).toContain('live\n');
    const body = JSON.stringify({ query: '{ __typename }', variables: { text: 'ä'.repeat(100_000) } });
    const post = `POST /graphql HTTP/1.1\r\nHost: localhost\r\n${upgrade}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    const answer = await sendRaw(server.url, post, 500);
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('{"data":{"__typename":"Query"}');
    // And another request on the same connection.
    const both = await sendRaw(
      server.url,
      `${post}GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      500,
    );
    expect(both.text.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
  });
});
