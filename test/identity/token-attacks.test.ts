import { createSecretKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KeySetServer } from '../support/identity/key-set-server.ts';
import { knock, LET_IN, TURNED_AWAY, WAYS_IN } from '../support/identity/knock.ts';
import {
  inSeconds,
  newEcKey,
  newEdKey,
  newRsaKey,
  SECRET,
  type SigningKey,
  toPem,
  toToken,
  toUnsignedToken,
} from '../support/identity/tokens.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

type Attacks = Record<string, (() => string | Promise<string>) | undefined>;

const toHmacKey = (secret: string | Buffer, algorithm = 'HS256'): SigningKey => ({
  algorithm,
  key: createSecretKey(Buffer.from(secret)),
});

/** Tokens that no server accepts, whichever key it has; `key` is the one that it trusts. */
const toCommonAttacks = (key?: SigningKey, claims: Record<string, unknown> = {}): Attacks => ({
  'no token': undefined,
  'an empty token': () => '',
  'a text that is no token': () => 'let.me.in',
  'dots alone': () => '..',
  'alg none': () => toUnsignedToken({ alg: 'none', typ: 'JWT' }, claims),
  'alg NONE': () => toUnsignedToken({ alg: 'NONE' }, claims),
  'no alg': () => toUnsignedToken({ typ: 'JWT' }, claims),
  'a signature that is cut off': async () => (await toToken(claims, key)).replace(/[^.]*$/, ''),
  'another payload under the signature': async () => {
    const [header, , signature] = (await toToken(claims, key)).split('.');
    const [, payload] = toUnsignedToken({}, { ...claims, tenantId: '*' }).split('.');
    return `${header}.${payload}.${signature}`;
  },
  'a token that has expired': () => toToken({ ...claims, exp: inSeconds(-7) }, key),
  'a token that is not yet valid': () => toToken({ ...claims, nbf: inSeconds(60) }, key),
  'a token without exp': () => toToken({ ...claims, exp: undefined }, key),
  'exp as text': () => toToken({ ...claims, exp: String(inSeconds(3_600)) }, key),
  'a token of 100 KB': () => toToken({ ...claims, padding: 'x'.repeat(76_000) }, key),
  'a critical header that is unknown': () => toToken(claims, key, { crit: ['exp2'], exp2: true }),
});

function testAttacks(
  name: string,
  service: () => TestService,
  attacks: Attacks,
  key?: () => SigningKey,
  claims = {},
) {
  describe(name, () => {
    test.each(WAYS_IN)('lets a valid token in over %s', async (way) => {
      expect(await knock(way, service().url, `Bearer ${await toToken(claims, key?.())}`)).toEqual(
        LET_IN[way],
      );
    });
    for (const [attack, toAttack] of Object.entries(attacks)) {
      test(`refuses ${attack}, with the one message`, async () => {
        const token = await toAttack?.();
        const authorization = token === undefined ? undefined : `Bearer ${token}`;
        if (attack === 'a token of 100 KB') expect(token?.length).toBeGreaterThan(100_000);
        for (const way of WAYS_IN) {
          expect(await knock(way, service().url, authorization), way).toEqual(TURNED_AWAY[way]);
        }
      });
    }
  });
}

describe('a server with a secret', () => {
  let service: TestService;
  const claims = { iss: 'https://issuer.example.com', aud: 'events' };
  beforeAll(async () => {
    service = await startTestService('postgres', {
      AUTH_JWT_SECRET: SECRET,
      AUTH_ISSUER: claims.iss,
      AUTH_AUDIENCE: claims.aud,
    });
  });
  afterAll(() => service.close());

  const wrong = (changed: Record<string, unknown>) => () => toToken({ ...claims, ...changed });
  const attacks: Attacks = {
    ...toCommonAttacks(undefined, claims),
    'another secret': () => toToken(claims, toHmacKey(SECRET.toUpperCase())),
    'the secret with HS384': () => toToken(claims, toHmacKey(SECRET, 'HS384')),
    'another issuer': wrong({ iss: 'https://other.example.com' }),
    'no issuer': wrong({ iss: undefined }),
    'another audience': wrong({ aud: 'other' }),
    'other audiences': wrong({ aud: ['other', 'events2'] }),
    'no audience': wrong({ aud: undefined }),
  };
  testAttacks('without anything else', () => service, attacks, undefined, claims);

  test('accepts a list of audiences with its own, any case of Bearer, and clocks that differ by 4 s', async () => {
    const accepted = [
      `bearer ${await toToken({ ...claims, aud: ['other', 'events'] })}`,
      `BEARER  ${await toToken(claims)} `,
      `Bearer ${await toToken({ ...claims, nbf: inSeconds(4) })}`,
    ];
    for (const authorization of accepted) {
      expect(await knock('HTTP', service.url, authorization)).toEqual(LET_IN.HTTP);
    }
    const late = `Bearer ${await toToken({ ...claims, exp: inSeconds(-2) })}`;
    expect(await knock('HTTP', service.url, late)).toEqual(LET_IN.HTTP);
  });

  test('refuses other schemes, and more than a token', async () => {
    const token = await toToken(claims);
    for (const authorization of [
      token,
      `Basic ${token}`,
      `Bearer${token}`,
      `Bearer ${token} ${token}`,
      'Bearer',
    ]) {
      for (const way of WAYS_IN) {
        expect(await knock(way, service.url, authorization), `${authorization.slice(0, 12)} ${way}`).toEqual(
          TURNED_AWAY[way],
        );
      }
    }
  });

  test('says how to authenticate, and no more, before it looks at the rest of a request', async () => {
    const answers = await Promise.all(
      [
        { method: 'GET' },
        { method: 'POST', body: 'no JSON', headers: { 'content-type': 'text/plain' } },
        { method: 'POST', body: '{"query":"{"}', headers: { 'content-type': 'application/json' } },
      ].map((init) => fetch(`${service.url}/graphql`, init)),
    );
    for (const answer of answers) {
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      expect(await answer.text()).toContain(TURNED_AWAY.HTTP.message?.split('"')[0] ?? '?');
    }
    for (const path of ['live', 'ready']) {
      expect((await fetch(`${service.url}/health/${path}`)).status).toBe(200);
    }
  });

  test('logs no token', async () => {
    const token = await toToken(claims);
    await knock('HTTP', service.url, `Bearer ${token}`);
    await knock('HTTP', service.url, `Bearer ${token}x`);
    expect(service.log.join('\n')).not.toContain(token.split('.')[2]);
  });
});

/** Of RSA, which takes long to make: no server knows it. */
const OTHER = newRsaKey();
const KEYS = { RS256: newRsaKey(), ES256: newEcKey(), EdDSA: newEdKey() };
for (const [algorithm, key] of Object.entries(KEYS)) {
  describe(`a server with a public key for ${algorithm}`, () => {
    let service: TestService;
    beforeAll(async () => {
      service = await startTestService('postgres', { AUTH_JWT_PUBLIC_KEY: toPem(key) });
    });
    afterAll(() => service.close());
    const pem = toPem(key);
    const others = Object.values(KEYS).filter((other) => other !== key);
    const attacks: Attacks = {
      ...toCommonAttacks(key),
      'HS256 signed with the public key': () => toToken({}, toHmacKey(pem)),
      'HS256 signed with the public key, trimmed': () => toToken({}, toHmacKey(pem.trim())),
      'HS256 signed with the bytes of the public key': () =>
        toToken({}, toHmacKey(key.publicKey.export({ format: 'der', type: 'spki' }))),
      'another key of another kind': () => toToken({}, others[0]),
      'a key that the token brings': () =>
        toToken({}, others[1], { jwk: others[1]?.publicKey.export({ format: 'jwk' }) }),
      ...(algorithm === 'RS256' && {
        'the key with PS256': () => toToken({}, { ...key, algorithm: 'PS256' }),
        'the key with RS512': () => toToken({}, { ...key, algorithm: 'RS512' }),
        'another key of its kind': () => toToken({}, OTHER),
      }),
    };
    testAttacks(
      'without anything else',
      () => service,
      attacks,
      () => key,
    );
  });
}

describe('a server with a key set', () => {
  const trusted = { ...KEYS.RS256, kid: 'trusted' };
  const attacker = { ...OTHER, kid: 'attacker' };
  let keySet: KeySetServer;
  let hostile: KeySetServer;
  let service: TestService;
  beforeAll(async () => {
    keySet = await KeySetServer.start(trusted);
    hostile = await KeySetServer.start(attacker, { ...attacker, kid: 'trusted' });
    service = await startTestService('postgres', { AUTH_JWKS_URI: keySet.url });
  });
  afterAll(async () => {
    await service.close();
    await keySet.stop();
    await hostile.stop();
  });

  const kids = [
    '../../../../etc/passwd',
    "' or 1=1 --",
    'x'.repeat(5_000),
    '__proto__',
    '',
    'toString',
    42,
    null,
    {},
  ];
  const attacks: Attacks = {
    ...toCommonAttacks(trusted),
    'HS256 signed with the public key': () => toToken({}, { ...toHmacKey(toPem(trusted)), kid: 'trusted' }),
    'HS256 signed with the JSON of the public key': () =>
      toToken(
        {},
        { ...toHmacKey(JSON.stringify(trusted.publicKey.export({ format: 'jwk' }))), kid: 'trusted' },
      ),
    'the key with PS256': () => toToken({}, { ...trusted, algorithm: 'PS256' }),
    'the kid of a key on the signature of another': () => toToken({}, { ...attacker, kid: 'trusted' }),
    'no kid on the signature of another key': () => toToken({}, OTHER),
    'a jku of the attacker': () => toToken({}, attacker, { jku: hostile.url }),
    'a jku of the attacker with a known kid': () =>
      toToken({}, attacker, { jku: hostile.url, kid: 'trusted' }),
    'an x5u of the attacker': () => toToken({}, attacker, { x5u: hostile.url }),
    'a key that the token brings': () =>
      toToken({}, attacker, { jwk: attacker.publicKey.export({ format: 'jwk' }) }),
    ...Object.fromEntries(
      kids.map((kid) => [
        `the kid ${JSON.stringify(kid).slice(0, 30)}`,
        () => toToken({}, attacker, { kid }),
      ]),
    ),
  };
  testAttacks(
    'without anything else',
    () => service,
    attacks,
    () => trusted,
  );

  test('asked no address that a token names, and its own at most twice', () => {
    expect(hostile.requests).toBe(0);
    expect(keySet.requests).toBeLessThanOrEqual(2);
  });
});
