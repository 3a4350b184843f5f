import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Resolves once `condition` holds, looked at every `everyMs`; rejects after `timeoutMs`, with what
 * `describe` says.
 */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
  describe: () => string = () => '',
  everyMs = 10,
): Promise<void> {
  const endsAt = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > endsAt) throw new Error(`Not so within ${timeoutMs} ms. ${describe()}`);
    await sleep(everyMs);
  }
}
