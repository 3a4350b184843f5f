import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config.ts';
import { Misconfiguration } from '../../src/domain/misconfiguration.ts';
import { knock, LET_IN, TURNED_AWAY, WAYS_IN } from '../support/identity/knock.ts';
import { newEcKey, newRsaKey, SECRET, toPem, toToken } from '../support/identity/tokens.ts';
import { startTestService } from '../support/services/service.ts';
import { sendRaw } from '../support/sockets/raw-http.ts';

const JWKS = 'https://issuer.example.com/keys';

function problemsOf(settings: Record<string, string>): readonly string[] {
  try {
    parseConfig(settings);
  } catch (failure) {
    if (failure instanceof Misconfiguration) return failure.problems;
    throw failure;
  }
  return [];
}

/** The settings that are named, in the order of their problems. */
const namesOf = (settings: Record<string, string>) =>
  problemsOf(settings).map((problem) => /^([A-Z_]+): /.exec(problem)?.[1]);

describe('the settings of tokens', () => {
  test.each<[what: string, settings: Record<string, string>, reason: string]>([
    ['a secret that is too short', { AUTH_JWT_SECRET: 'x'.repeat(31) }, 'shorter than 32 bytes'],
    ['an empty secret', { AUTH_JWT_SECRET: '' }, 'is empty'],
    ['an empty address of keys', { AUTH_JWKS_URI: '' }, 'is empty'],
    ['an empty key', { AUTH_JWT_PUBLIC_KEY: '' }, 'is empty'],
    ['an address that is none', { AUTH_JWKS_URI: 'issuer.example.com' }, 'is not a URL'],
    ['keys without https', { AUTH_JWKS_URI: 'http://issuer.example.com/keys' }, 'https'],
    ['keys from a loopback look-alike', { AUTH_JWKS_URI: 'http://127.0.0.1.example.com/keys' }, 'https'],
    ['keys from a file', { AUTH_JWKS_URI: 'file:///keys.json' }, 'https'],
    ['keys with a password', { AUTH_JWKS_URI: 'https://me:secret@issuer.example.com' }, 'password'],
    ['a text as key', { AUTH_JWT_PUBLIC_KEY: 'a key' }, 'is not one public key as PEM'],
    ['a broken key', { AUTH_JWT_PUBLIC_KEY: toPem(newEcKey()).replace(/\n.{20}/, '\n') }, 'PEM'],
    ['two keys', { AUTH_JWT_PUBLIC_KEY: toPem(newEcKey()) + toPem(newEcKey()) }, 'is not one public key'],
    ['a key of RSA that is too short', { AUTH_JWT_PUBLIC_KEY: toPem(newRsaKey('', 1_024)) }, '2048 bits'],
    ['a key of another curve', { AUTH_JWT_PUBLIC_KEY: toPem(newEcKey('', 'P-384')) }, 'ES256 (P-256)'],
    ['a key of another kind', { AUTH_JWT_PUBLIC_KEY: otherPem() }, 'is no key for RS256'],
    [
      'a private key',
      { AUTH_JWT_PUBLIC_KEY: String(newEcKey().key.export({ format: 'pem', type: 'pkcs8' })) },
      'is a private key',
    ],
  ])('%s is a configuration error that says why, without the value', (_what, settings, reason) => {
    const problems = problemsOf(settings);
    expect(problems).toHaveLength(1);
    const [name = '', value = ''] = Object.entries(settings)[0] ?? [];
    expect(problems[0]).toMatch(new RegExp(`^${name}: `));
    expect(problems[0]).toContain(reason);
    if (value.length > 5) expect(problems[0]).not.toContain(value);
  });

  test('name every key where there is more than one, even if they are wrong', () => {
    expect(namesOf({ AUTH_JWT_SECRET: SECRET, AUTH_JWKS_URI: JWKS })).toEqual([
      'AUTH_JWKS_URI',
      'AUTH_JWT_SECRET',
    ]);
    expect(namesOf({ AUTH_JWT_SECRET: 'x', AUTH_JWKS_URI: JWKS, AUTH_JWT_PUBLIC_KEY: '' })).toEqual([
      'AUTH_JWKS_URI',
      'AUTH_JWT_SECRET',
      'AUTH_JWT_PUBLIC_KEY',
    ]);
  });

  test.each(['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_TENANT_CLAIM'])(
    '%s without a key, or empty, is a configuration error: the server must not be open by mistake',
    (name) => {
      expect(problemsOf({ [name]: 'value' })).toEqual([
        `${name}: has no effect without one of AUTH_JWKS_URI, AUTH_JWT_SECRET and AUTH_JWT_PUBLIC_KEY`,
      ]);
      for (const settings of [{ [name]: '' }, { [name]: '', AUTH_JWT_SECRET: SECRET }]) {
        expect(problemsOf(settings)).toEqual([`${name}: is empty`]);
      }
    },
  );

  test('are right for each kind of key', () => {
    for (const settings of [
      { AUTH_JWT_SECRET: 'ä'.repeat(16) },
      { AUTH_JWKS_URI: JWKS },
      { AUTH_JWKS_URI: 'http://localhost:8080/keys' },
      { AUTH_JWKS_URI: 'http://[::1]:8080/keys' },
      { AUTH_JWT_PUBLIC_KEY: toPem(newRsaKey()) },
      { AUTH_JWT_PUBLIC_KEY: toPem(newEcKey()).replaceAll('\n', '\\n') },
    ]) {
      const { auth } = parseConfig({ ...settings, HOST: '0.0.0.0' });
      expect(auth?.tenantClaim).toBe('tenantId');
    }
    expect(parseConfig({}).auth).toBeUndefined();
  });

  test('of a server on every address: it needs a key, and says so where there is none', () => {
    expect(namesOf({ HOST: '0.0.0.0' })).toEqual(['HOST']);
    expect(namesOf({ HOST: '0.0.0.0', AUTH_JWT_SECRET: 'short' })).toEqual(['AUTH_JWT_SECRET']);
  });
});

describe('a server with tokens', () => {
  test('listens on every address, takes any Host, and asks everyone for a token', async () => {
    const service = await startTestService('postgres', { HOST: '0.0.0.0', AUTH_JWT_SECRET: SECRET });
    const { port } = new URL(service.url);
    const url = `http://127.0.0.1:${port}`;
    const authorization = `Bearer ${await toToken()}`;
    for (const way of WAYS_IN) {
      expect(await knock(way, url, authorization), way).toEqual(LET_IN[way]);
      expect(await knock(way, url, undefined), way).toEqual(TURNED_AWAY[way]);
    }
    expect(service.log.join('\n')).not.toContain('no AUTH_* is set');
    const ask = (host: string) =>
      sendRaw(
        url,
        `GET /graphql?query={__typename} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${authorization}\r\nConnection: close\r\n\r\n`,
      );
    expect(await ask('events.example.com')).toMatchObject({ status: 200 });
    expect(await ask('localhost:99999'), 'a Host that is no address').toMatchObject({ status: 403 });
    await service.close();
  });
});

function otherPem(): string {
  const { publicKey } = generateKeyPairSync('rsa-pss', { modulusLength: 2_048 });
  return String(publicKey.export({ format: 'pem', type: 'spki' }));
}
