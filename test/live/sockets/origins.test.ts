import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { RawWebSocket } from '../../support/sockets/raw-web-socket.ts';
import { waitUntil } from '../../support/wait-until.ts';

describe('which WebSockets are let in', () => {
  let service: TestService;

  beforeAll(async () => {
    service = await startTestService('postgres', {
      CORS_ORIGINS: 'https://dashboards.example.com, http://other.example.com:8080',
    });
  });
  afterAll(() => service.close());

  /** 'open', or the HTTP status of the refusal. */
  const knock = async (headers: Record<string, string>, path?: string) => {
    const socket = new RawWebSocket(service.url, { headers }, path);
    await waitUntil(() => socket.isOpen || socket.refusedWith !== undefined);
    socket.socket.terminate();
    return socket.refusedWith ?? 'open';
  };

  test.each([
    ['a page of another site', 'https://evil.example.com', 403],
    ['a page of this host on another port', 'http://127.0.0.1:1', 403],
    ['an opaque origin', 'null', 403],
    ['a name that begins like an allowed one', 'https://dashboards.example.com.evil.example.com', 403],
    ['an allowed origin', 'https://dashboards.example.com', 'open'],
    ['the other allowed origin', 'http://other.example.com:8080', 'open'],
    ['an allowed host under another scheme', 'http://dashboards.example.com', 403],
  ])('%s: %s', async (_who, origin, answer) => {
    expect(await knock({ origin })).toBe(answer);
  });

  test('a page that this server itself has served is let in, and so is a program that sends no origin', async () => {
    expect(await knock({ origin: service.url })).toBe('open');
    expect(await knock({})).toBe('open');
  });

  test('a name of somebody else for this machine is refused, even with an origin to match', async () => {
    expect(await knock({ host: 'evil.example.com' })).toBe(403);
    expect(await knock({ host: 'evil.example.com', origin: 'http://evil.example.com' })).toBe(403);
  });

  test('another path is 404, a query string does not matter', async () => {
    expect(await knock({}, '/')).toBe(404);
    expect(await knock({}, '/graphql/more')).toBe(404);
    expect(await knock({}, '//')).toBe(404);
    expect(await knock({}, '/graphql?x=1')).toBe('open');
  });

  test('a client of another protocol is told so by the close code', async () => {
    const socket = new RawWebSocket(service.url, {}, '/graphql', 'graphql-ws');
    await waitUntil(() => socket.closeCode !== undefined || socket.refusedWith !== undefined);
    expect(socket.closeCode).not.toBe(1000);
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
  });
});
