import { decodeJwt, decodeProtectedHeader } from 'jose';
import { expect, test } from 'vitest';
import { inSeconds, newEcKey, SECRET, toPem } from '../support/identity/tokens.ts';
import { CommandProcess } from '../support/processes/command-process.ts';
import { startTestService } from '../support/services/service.ts';

async function runToken(
  args: readonly string[],
  settings: Record<string, string> = { AUTH_JWT_SECRET: SECRET },
) {
  await using command = new CommandProcess('token', args, settings);
  return await command.result();
}

test('npm run token prints a token that a server with the same settings accepts', async () => {
  const settings = {
    AUTH_JWT_SECRET: SECRET,
    AUTH_ISSUER: 'https://issuer.example.com',
    AUTH_AUDIENCE: 'events',
    AUTH_TENANT_CLAIM: 'tenant',
  };
  const service = await startTestService('postgres', settings);
  const { status, stdout, stderr } = await runToken(
    ['--tenant', 'one', '--scope', 'events:read', '--sub', 'me'],
    settings,
  );
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^[\w.-]+\n$/);
  const { viewer } = await service.client.with(stdout.trim()).data('{ viewer { tenantId subject scopes } }');
  expect(viewer).toEqual({ tenantId: 'one', subject: 'me', scopes: ['events:read'] });
  expect((await service.client.request('{ viewer { tenantId } }')).status).toBe(401);
  await service.close();
});

test('npm run token takes several tenants, all of them, several scopes, and a lifetime', async () => {
  const several = await runToken([
    '--tenant',
    'one',
    '--tenant',
    'two',
    '--scope',
    'events:admin events:read',
    '--scope',
    'events:ingest',
    '--expires-in',
    '90d',
  ]);
  const claims = decodeJwt(several.stdout.trim());
  expect(claims).toMatchObject({ tenantId: ['one', 'two'], scope: 'events:read events:ingest events:admin' });
  expect(claims.sub).toBeUndefined();
  expect(Math.abs((claims.exp ?? 0) - inSeconds(90 * 86_400))).toBeLessThan(60);
  expect(decodeProtectedHeader(several.stdout.trim())).toEqual({ alg: 'HS256', typ: 'JWT' });
  const all = decodeJwt((await runToken(['--tenant', '*', '--scope', 'events:read'])).stdout.trim());
  expect(all.tenantId).toBe('*');
  expect(Math.abs((all.exp ?? 0) - inSeconds(3_600)), 'an hour by default').toBeLessThan(60);
});

test.each<[what: string, args: string[], settings: Record<string, string>, reason: string]>([
  ['no secret', ['--tenant', 'a', '--scope', 'events:read'], {}, 'AUTH_JWT_SECRET is not set'],
  [
    'a secret that is too short',
    ['--tenant', 'a', '--scope', 'events:read'],
    { AUTH_JWT_SECRET: 'x' },
    'AUTH_JWT_SECRET: is shorter',
  ],
  [
    'a public key',
    ['--tenant', 'a', '--scope', 'events:read'],
    { AUTH_JWT_PUBLIC_KEY: toPem(newEcKey()) },
    'only AUTH_JWT_SECRET',
  ],
  ['no tenant', ['--scope', 'events:read'], { AUTH_JWT_SECRET: SECRET }, '--tenant is missing'],
  [
    'a tenant that is none',
    ['--tenant', '', '--scope', 'events:read'],
    { AUTH_JWT_SECRET: SECRET },
    '--tenant: ',
  ],
  ['no scope', ['--tenant', 'a'], { AUTH_JWT_SECRET: SECRET }, '--scope is missing'],
  [
    'an unknown scope',
    ['--tenant', 'a', '--scope', 'events:write'],
    { AUTH_JWT_SECRET: SECRET },
    'events:write',
  ],
  [
    'a lifetime that is none',
    ['--tenant', 'a', '--scope', 'events:read', '--expires-in', 'soon'],
    { AUTH_JWT_SECRET: SECRET },
    '--expires-in',
  ],
  [
    'no lifetime',
    ['--tenant', 'a', '--scope', 'events:read', '--expires-in', '0s'],
    { AUTH_JWT_SECRET: SECRET },
    '--expires-in',
  ],
  ['an unknown option', ['--tenants', 'a'], { AUTH_JWT_SECRET: SECRET }, '--tenants'],
])(
  'npm run token with %s is one line and status 1, without the secret',
  async (_what, args, settings, reason) => {
    const { status, stdout, stderr } = await runToken(args, settings);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^qlik-event-graph cannot sign a token: .*\n$/);
    expect(stderr).toContain(reason);
    expect(stderr).not.toContain(SECRET);
  },
);

test('npm run token -- --help says how', async () => {
  const { status, stdout } = await runToken(['--help'], {});
  expect(status).toBe(0);
  for (const option of ['--tenant', '--scope', '--sub', '--expires-in']) expect(stdout).toContain(option);
});
