import { pino } from 'pino';
import { expect, test } from 'vitest';
import { parseAuthSettings } from '../../src/http/identity/auth-settings.ts';
import { TokenVerifier } from '../../src/http/identity/token-verifier.ts';
import { inSeconds, newRsaKey, toPem, toToken } from '../support/identity/tokens.ts';
import { waitUntil } from '../support/wait-until.ts';

const KEY = newRsaKey();

function openVerifier(): TokenVerifier {
  const { auth } = parseAuthSettings({ AUTH_JWT_PUBLIC_KEY: toPem(KEY) });
  if (auth === undefined) throw new Error('The settings are wrong.');
  return new TokenVerifier(auth, pino({ level: 'silent' }));
}

test('a verified token is not verified again until it expires', async () => {
  const verifier = openVerifier();
  const token = await toToken({ exp: inSeconds(-3) }, KEY);
  const identity = await verifier.verify(token);
  expect(await verifier.verify(token), 'the same object').toBe(identity);
  expect(await verifier.verify(await toToken({ exp: inSeconds(60) }, KEY))).not.toBe(identity);
  await waitUntil(
    () =>
      verifier.verify(token).then(
        () => false,
        () => true,
      ),
    5_000,
  );
});

test('verifying a known token takes a fraction of the CPU of verifying a signature', async () => {
  const verifier = openVerifier();
  const tokens = await Promise.all(Array.from({ length: 200 }, (_, index) => toToken({ index }, KEY)));
  const measure = async () => {
    const before = process.cpuUsage();
    for (const token of tokens) await verifier.verify(token);
    const { user, system } = process.cpuUsage(before);
    return user + system;
  };
  const first = await measure();
  const second = await measure();
  expect(second).toBeLessThan(first / 3);
});
