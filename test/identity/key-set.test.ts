import { pino } from 'pino';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { RemoteKeySet } from '../../src/http/identity/remote-key-set.ts';
import { KeySetServer } from '../support/identity/key-set-server.ts';
import { knock, LET_IN, TURNED_AWAY, WAYS_IN } from '../support/identity/knock.ts';
import { newEcKey, newEdKey, newRsaKey, type SigningKey, toToken } from '../support/identity/tokens.ts';
import { startTestService } from '../support/services/service.ts';
import { waitUntil } from '../support/wait-until.ts';

const OLD = newRsaKey('old');
const NEW = newRsaKey('new');
const UNKNOWN = newRsaKey();
const withoutKid = ({ kid: _, ...key }: SigningKey): SigningKey => key;
// The same keys again: a key of RSA takes long to make.
const OLD_UNNAMED = withoutKid(OLD);
const NEW_UNNAMED = withoutKid(NEW);

async function startWith(...keys: SigningKey[]) {
  const keySet = await KeySetServer.start(...keys);
  onTestFinished(() => keySet.stop());
  const service = await startTestService('postgres', { AUTH_JWKS_URI: keySet.url });
  onTestFinished(() => service.close());
  const ask = async (key: SigningKey, way: (typeof WAYS_IN)[number] = 'HTTP', claims = {}) =>
    knock(way, service.url, `Bearer ${await toToken(claims, key)}`);
  return { keySet, service, ask };
}

describe('a server with a key set', () => {
  test('accepts every kind of key in it, over every transport', async () => {
    const keys = [OLD, newEcKey('ec'), newEdKey('ed')];
    const { ask } = await startWith(...keys);
    for (const key of keys) {
      for (const way of WAYS_IN) expect(await ask(key, way), `${key.kid} ${way}`).toEqual(LET_IN[way]);
    }
  });

  test('accepts tokens without a kid, also where several keys may fit', async () => {
    const { ask } = await startWith(OLD_UNNAMED, NEW_UNNAMED);
    expect(await ask(OLD_UNNAMED)).toEqual(LET_IN.HTTP);
    expect(await ask(NEW_UNNAMED)).toEqual(LET_IN.HTTP);
    expect(await ask(UNKNOWN)).toEqual(TURNED_AWAY.HTTP);
  });

  test('accepts a key that is new while it runs, and forgets the tokens of one that is gone', async () => {
    const { keySet, service, ask } = await startWith(OLD);
    const old = `Bearer ${await toToken({}, OLD)}`;
    expect(await knock('HTTP', service.url, old)).toEqual(LET_IN.HTTP);
    keySet.keys = [NEW];
    for (const way of WAYS_IN) expect(await ask(NEW, way), way).toEqual(LET_IN[way]);
    expect(await knock('HTTP', service.url, old)).toEqual(TURNED_AWAY.HTTP);
    expect(keySet.requests).toBe(2);
  });

  test('accepts a new key without a kid, too', async () => {
    const { keySet, ask } = await startWith(OLD_UNNAMED);
    expect(await ask(OLD_UNNAMED)).toEqual(LET_IN.HTTP);
    keySet.keys = [NEW_UNNAMED];
    expect(await ask(NEW_UNNAMED)).toEqual(LET_IN.HTTP);
  });

  test('asks the endpoint once for a hundred tokens with unknown kids', async () => {
    const { keySet, ask } = await startWith(OLD);
    expect(await ask(OLD)).toEqual(LET_IN.HTTP);
    const unknown = Array.from({ length: 100 }, (_, index) => ask({ ...NEW, kid: `unknown-${index}` }));
    for (const answer of await Promise.all(unknown)) expect(answer).toEqual(TURNED_AWAY.HTTP);
    expect(keySet.requests).toBe(2);
  });

  test.each([
    ['is down', undefined],
    ['answers with an error', { status: 500, body: 'no' }],
    ['answers with something else', { status: 200, body: '<html>' }],
    ['answers with JSON that is no key set', { status: 200, body: '{"keys":{}}' }],
  ])('uses the keys that it has while the endpoint %s', async (_how, answer) => {
    const { keySet, ask } = await startWith(OLD);
    expect(await ask(OLD)).toEqual(LET_IN.HTTP);
    keySet.answer = answer;
    if (answer === undefined) await keySet.stop();
    expect(await ask(NEW), 'an unknown key makes it ask').toEqual(TURNED_AWAY.HTTP);
    for (const way of WAYS_IN) expect(await ask(OLD, way, { sub: way })).toEqual(LET_IN[way]);
  });

  test('starts while the endpoint is unreachable, answers UNAVAILABLE, and accepts tokens once it is there', async () => {
    const keySet = await KeySetServer.start(OLD);
    onTestFinished(() => keySet.stop());
    await keySet.stop();
    const service = await startTestService('postgres', { AUTH_JWKS_URI: keySet.url });
    onTestFinished(() => service.close());
    const authorization = `Bearer ${await toToken({}, OLD)}`;
    expect((await fetch(`${service.url}/health/ready`)).status).toBe(200);
    for (const way of ['HTTP', 'SSE'] as const) {
      expect(await knock(way, service.url, authorization)).toMatchObject({
        status: 503,
        code: 'UNAVAILABLE',
      });
    }
    expect(await knock('WebSocket', service.url, authorization)).toEqual({ closeCode: 1013 });
    expect(await knock('HTTP', service.url, undefined), 'no token is no token').toEqual(TURNED_AWAY.HTTP);
    expect(service.log.join('\n')).toContain('the key set of AUTH_JWKS_URI could not be loaded');
    await keySet.restart();
    await waitUntil(async () => (await knock('HTTP', service.url, authorization)).status === 200);
    expect(await knock('WebSocket', service.url, authorization)).toEqual(LET_IN.WebSocket);
  });
});

describe('the key set of a server, by the clock', () => {
  let nowMs = 0;
  afterEach(() => {
    nowMs = 0;
  });

  async function load(...keys: SigningKey[]) {
    const server = await KeySetServer.start(...keys);
    onTestFinished(() => server.stop());
    const keySet = new RemoteKeySet(server.url, pino({ level: 'silent' }), () => nowMs);
    await keySet.read();
    return { server, keySet };
  }

  test('is loaded for unknown keys at most every 30 seconds', async () => {
    const { server, keySet } = await load(OLD);
    expect(await keySet.refreshForUnknownKey(), 'nothing has changed').toBe(false);
    server.keys = [OLD, NEW];
    nowMs = 29_999;
    expect(await keySet.refreshForUnknownKey()).toBe(false);
    expect(server.requests).toBe(2);
    nowMs = 30_000;
    expect(await keySet.refreshForUnknownKey()).toBe(true);
    expect(server.requests).toBe(3);
  });

  test('is loaded for unknown keys at most every 30 seconds while the endpoint is down, too', async () => {
    const { server, keySet } = await load(OLD);
    server.answer = { status: 503, body: '' };
    for (nowMs = 0; nowMs < 60_000; nowMs += 1_000) await keySet.refreshForUnknownKey();
    expect(server.requests).toBe(3);
  });

  test('is loaded again in the background when it is 10 minutes old', async () => {
    const { server, keySet } = await load(OLD);
    nowMs = 599_999;
    keySet.refreshIfOld();
    expect(server.requests).toBe(1);
    server.keys = [NEW];
    nowMs = 600_000;
    keySet.refreshIfOld();
    await waitUntil(() => keySet.version === 2);
    expect(server.requests).toBe(2);
  });
});
