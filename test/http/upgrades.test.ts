import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestService, type TestService } from '../support/services/service.ts';
import { sendRaw } from '../support/sockets/raw-http.ts';
import { RawWebSocket } from '../support/sockets/raw-web-socket.ts';
import { waitUntil } from '../support/wait-until.ts';

const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
const PROTOCOL = 'Sec-WebSocket-Protocol: graphql-transport-ws';

describe('a WebSocket handshake', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService('postgres');
  });
  afterAll(() => service.close());

  const send = (lines: string[], start = 'GET /graphql HTTP/1.1') =>
    sendRaw(service.url, `${[start, 'Host: localhost', ...lines].join('\r\n')}\r\n\r\n`, 1_000);

  test.each([
    ['whose headers for the next hop a proxy dropped', ['Connection: close']],
    ['without Connection: Upgrade', ['Upgrade: websocket']],
    ['without Upgrade', ['Connection: Upgrade']],
    ['of a proxy that asks the browser for a page', ['Connection: keep-alive', 'Accept: text/html']],
  ])('%s is answered with 426 and says what is missing', async (_name, lines) => {
    const { status, text } = await send([...lines, KEY, 'Sec-WebSocket-Version: 13', PROTOCOL]);
    expect(status).toBe(426);
    expect(text).toMatch(/^upgrade: websocket\r$/im);
    expect(text).toMatch(/^connection: upgrade, close\r$/im);
    expect(text).toContain('"code":"BAD_REQUEST"');
    expect(text).toContain('proxy');
  });

  test('over HTTP/1.0 is answered with 426', async () => {
    const { text } = await send([KEY], 'GET /graphql HTTP/1.0');
    expect(text).toMatch(/^HTTP\/1\.[01] 426/);
  });

  const UPGRADE = ['Connection: Upgrade', 'Upgrade: websocket'];
  test.each([
    ['of another path', 404, 'NOT_FOUND', 'GET /other HTTP/1.1', [KEY, 'Sec-WebSocket-Version: 13']],
    [
      'of a page that is not listed',
      403,
      'FORBIDDEN',
      'GET /graphql HTTP/1.1',
      [KEY, 'Sec-WebSocket-Version: 13', 'Origin: https://evil.example.com'],
    ],
    ['without a key', 400, 'BAD_REQUEST', 'GET /graphql HTTP/1.1', ['Sec-WebSocket-Version: 13']],
    [
      'of an unknown version',
      400,
      'BAD_REQUEST',
      'GET /graphql HTTP/1.1',
      [KEY, 'Sec-WebSocket-Version: 12'],
    ],
    ['by POST', 400, 'BAD_REQUEST', 'POST /graphql HTTP/1.1', [KEY, 'Sec-WebSocket-Version: 13']],
  ])('%s is refused with %i and a code', async (_name, status, code, start, lines) => {
    const answer = await send([...UPGRADE, ...lines], start);
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(`"code":"${code}"`)]);
  });

  test.each([
    ['the older graphql-ws of subscriptions-transport-ws', 'graphql-ws'],
    ['an unknown one', 'soap'],
    ['none', ''],
  ])('with the subprotocol %s is closed with 4406 and says which one to offer', async (_name, protocol) => {
    const socket = new RawWebSocket(service.url, {}, '/graphql', protocol === '' ? [] : protocol);
    let reason = '';
    socket.socket.on('close', (_code, text) => {
      reason = String(text);
    });
    await waitUntil(() => socket.closeCode !== undefined);
    expect(socket.closeCode).toBe(4406);
    expect(reason).toContain('graphql-transport-ws');
  });

  test('with several subprotocols speaks graphql-transport-ws', async () => {
    const socket = new RawWebSocket(service.url, {}, '/graphql', ['graphql-ws', 'graphql-transport-ws']);
    await waitUntil(() => socket.isOpen);
    expect(socket.socket.protocol).toBe('graphql-transport-ws');
    socket.send({ type: 'connection_init' });
    await socket.until(({ type }) => type === 'connection_ack');
    socket.socket.terminate();
  });
});
