import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { runEvent } from '../support/events/events.ts';
import { startIngest, TestFolder } from '../support/processes/command-process.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { concurrentTest } from '../support/run/concurrent-test.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { openHttpProxy } from '../support/sockets/http-proxy.ts';
import { waitUntil } from '../support/wait-until.ts';

/** More than a pipe holds, and than a file's format is told from. */
const EVENTS = 400;

const toLines = (tenantId: string, count = EVENTS) =>
  Array.from({ length: count }, () => `${JSON.stringify(runEvent(tenantId, { text: 'x'.repeat(500) }))}\n`);

async function makePipe(folder: TestFolder, name: string): Promise<string> {
  const path = join(folder.path, name);
  await using shell = startShell('exec mkfifo "$0"', path);
  expect(await shell.end()).toBe(0);
  return path;
}

/**
 * Runs a line of shell, with arguments $0, $1 …; the test waits for no writer of a pipe.
 */
function startShell(line: string, ...args: string[]): ServerProcess {
  return new ServerProcess({}, ['bash', '-c', line, ...args]);
}

/** Returns whether a process has a file open. */
function hasOpen(pid: number, path: string): boolean {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).some((name) => {
    try {
      return readlinkSync(join(folder, name)) === path;
    } catch {
      return false;
    }
  });
}

describe('npm run ingest of what is no regular file', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService('postgres');
  });
  afterAll(() => service.close());

  const headOf = async (tenantId: string) => {
    const { eventLog, automationRuns } = await service.client
      .as(tenantId)
      .data('{ eventLog { headPosition } automationRuns { totalCount } }');
    return [eventLog.headPosition, automationRuns.totalCount];
  };

  concurrentTest(
    'sends what comes through named pipes, of which one has no writer yet, and files between them',
    async () => {
      using folder = new TestFolder();
      const [early, late] = [await makePipe(folder, 'early'), await makePipe(folder, 'late')];
      const [first = '', second = '', third = ''] = [0, 1, 2].map((index) =>
        folder.write(`${index}.ndjson`, toLines('pipes').join('')),
      );
      await using writer = startShell('cat "$0" > "$1"', first, early);
      await using command = startIngest(service.url, [early, second, late]);
      await waitUntil(() => command.ended !== undefined || hasOpen(command.pid, late), 20_000);
      await using lateWriter = startShell('{ head -c 100; sleep 0.5; cat; } < "$0" > "$1"', third, late);
      const { status, stdout } = await command.result(20_000);
      expect([status, await writer.end(), await lateWriter.end()]).toEqual([0, 0, 0]);
      expect(stdout).toMatch(/^STORED +1,200\n/);
      expect(await headOf('pipes')).toEqual([3 * EVENTS, 3 * EVENTS]);
      expect(readdirSync(folder.path).sort()).toEqual(['0.ndjson', '1.ndjson', '2.ndjson', 'early', 'late']);
    },
  );

  concurrentTest('sends process substitutions and /dev/stdin, be it a pipe or a socket', async () => {
    using folder = new TestFolder();
    const file = folder.write('events.ndjson', toLines('substituted').join(''));
    const run = `exec "${process.execPath}" dist/commands/ingest.js --url "${service.url}"`;
    await using substituted = startShell(
      `${run} <(head -n 100 "$0") <(tail -n +101 "$0" | head -n 100)`,
      file,
    );
    expect(await substituted.end(20_000), substituted.stderr).toBe(0);
    expect(substituted.stdout).toMatch(/^STORED +200\n/);
    await using piped = startShell(`tail -n +201 "$0" | { ${run} /dev/stdin /dev/fd/0; }`, file);
    expect(await piped.end(20_000), piped.stderr).toBe(0);
    expect(piped.stdout).toMatch(/^STORED +200\n/);
    // As a process of Node's has it.
    await using socket = startIngest(service.url, ['/dev/stdin'], {
      input: toLines('substituted', 5).join(''),
    });
    expect(await socket.result(20_000)).toMatchObject({ status: 0, stderr: '' });
    expect(await headOf('substituted')).toEqual([EVENTS + 5, EVENTS + 5]);
  });

  for (const [signal, status] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    concurrentTest(`waiting for the writer of a pipe it ends at once at a ${signal}`, async () => {
      using folder = new TestFolder();
      const pipe = await makePipe(folder, 'pipe');
      await using command = startIngest(service.url, [pipe]);
      await waitUntil(() => hasOpen(command.pid, pipe), 10_000);
      expect(await command.stop(signal, 2_000)).toBe(status);
      expect(command.stderr).toBe('Interrupted. It is safe to send everything again.\n');
    });

  concurrentTest('interrupted in the middle of a pipe it keeps no resume point', async () => {
    using folder = new TestFolder();
    const proxy = await openHttpProxy(service.url);
    const pipe = await makePipe(folder, 'pipe');
    const file = folder.write('events.ndjson', toLines('cut').join(''));
    await using _writer = startShell('exec > "$1"; cat "$0"; exec sleep 30', file, pipe);
    await using command = startIngest(proxy.url, [pipe, '--batch', '100']);
    await waitUntil(() => proxy.batches.length === EVENTS / 100, 20_000);
    expect(await command.stop('SIGINT', 2_000)).toBe(130);
    expect(command.stderr).toBe('Interrupted. It is safe to send everything again.\n');
    expect(command.stdout).toMatch(/^STORED +400\n/);
    expect(readdirSync(folder.path).sort()).toEqual(['events.ndjson', 'pipe']);
    await proxy.close();
  });
});
