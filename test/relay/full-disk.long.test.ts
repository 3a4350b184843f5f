import { execFileSync } from 'node:child_process';
import { appendFileSync, rmSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startRecordingService } from '../support/relay/recording-service.ts';
import { newSpoolDirectory, RelayProcess, untilSent } from '../support/relay/test-relay.ts';
import { WebhookSender } from '../support/relay/webhook-sender.ts';
import { toDose } from '../support/run/dose.ts';
import { waitUntil } from '../support/wait-until.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/commands/relay.js', import.meta.url));
const FULL_MS = toDose({ short: 1_500, full: 5_000 });
const WEBHOOKS = toDose({ short: 600, full: 10_000 });
const DISK_BYTES = 33_554_432;

/** Whether a process may mount a file system that only it sees. */
function canMount(): boolean {
  try {
    execFileSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const isMountable = canMount();
const title = isMountable ? '' : ' [skipped: this user may not mount a file system]';

describe.skipIf(!isMountable)(`a spool on a disk of its own, a tmpfs of 32 MiB${title}`, () => {
  test('while the disk is full deliveries are refused with 503 and the relay is not ready; afterwards all that were accepted arrive once', async () => {
    const service = await startRecordingService();
    const directory = newSpoolDirectory();
    const mount = `mount -t tmpfs -o size=${DISK_BYTES} tmpfs ${directory} && exec ${process.execPath} ${PROGRAM}`;
    const relay = new RelayProcess(directory, { API_URL: service.url }, [
      'unshare',
      '-rm',
      'sh',
      '-c',
      mount,
    ]);
    await relay.ready();
    // The relay's view of the directory, which no other process has mounted.
    const filler = `/proc/${relay.pid}/root${directory}/filler`;
    const sender = new WebhookSender(32);
    onTestFinished(() => sender.close());
    sender.url = relay.url;
    const ready = async () => (await fetch(`${relay.url}/health/ready`)).status;
    const count = (status: number) => sender.answers.get(status) ?? 0;

    const sending = sender.sendUntil(WEBHOOKS, () => sleep(toDose({ short: 50, full: 5 })));
    await waitUntil(() => sender.accepted.size >= 100, 30_000);
    expect(await ready()).toBe(200);
    // Nothing is confirmed now: a deleted segment would free space.
    service.fault = () => ({ status: 503, body: '' });
    fill(filler);
    await waitUntil(() => count(503) > 0, 30_000);
    await waitUntil(async () => (await ready()) === 503);
    const refusedBefore = count(503);
    await sleep(FULL_MS);
    expect(count(503)).toBeGreaterThan(refusedBefore);
    rmSync(filler);
    service.fault = () => undefined;
    await sending;
    await waitUntil(async () => (await ready()) === 200);
    await untilSent(relay.url);
    const ids = service.events.map(({ id }) => id);
    expect(new Set(ids)).toEqual(sender.accepted);
    expect(sender.accepted.size).toBe(WEBHOOKS);
    expect(count(0), 'every request was answered').toBe(0);
    expect(relay.stdout).toContain('ENOSPC');
    expect(await relay.stop()).toBe(0);
  });
});

test('where each file has a limit of the system, a segment that meets it ends there, and deliveries continue in the next one', async () => {
  const service = await startRecordingService();
  service.fault = () => ({ status: 503, body: '' });
  const directory = newSpoolDirectory();
  // 200 blocks of 512 bytes; the segment would be 8 MiB.
  const limited = `ulimit -f 200 && exec ${process.execPath} ${PROGRAM}`;
  const relay = new RelayProcess(directory, { API_URL: service.url }, ['sh', '-c', limited]);
  await relay.ready();
  const sender = new WebhookSender(4);
  onTestFinished(() => sender.close());
  sender.url = relay.url;
  await sender.sendUntil(200);
  expect(sender.answers.get(503)).toBeGreaterThan(0);
  expect(relay.stdout).toContain('EFBIG');
  expect(await relay.stop('SIGKILL')).toBe('SIGKILL');
  service.fault = () => undefined;
  const next = await new RelayProcess(directory, { API_URL: service.url }).ready();
  await untilSent(next.url);
  const ids = new Set(service.events.map(({ id }) => id));
  expect([...sender.accepted].filter((id) => !ids.has(id))).toEqual([]);
  expect(await next.stop()).toBe(0);
});

/** Fills a disk to its last byte. */
function fill(path: string): void {
  for (let bytes = 65_536; bytes >= 1; bytes /= 2) {
    try {
      for (;;) appendFileSync(path, Buffer.alloc(bytes));
    } catch {
      // Less may still fit.
    }
  }
  expect(statSync(path).size).toBeGreaterThan(0);
}
