import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { startAfter } from '../support/events/log-cursor.ts';
import { refusedStart } from '../support/processes/refused-start.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { startTestService } from '../support/services/service.ts';
import { waitUntil } from '../support/wait-until.ts';

describe('a data directory has one server at a time', () => {
  let database: TestDatabase;
  let lockFile: string;

  beforeEach(async () => {
    database = await createTestDatabase('pglite');
    lockFile = join(database.dataDir, 'lock.json');
  });
  afterEach(() => database.drop());

  const readLock = () => JSON.parse(readFileSync(lockFile, 'utf8'));
  const headOf = async (server: ServerProcess) =>
    (await server.client.as('one').data('{ eventLog { headPosition } }')).eventLog.headPosition;

  /** The one line with which a second server refuses. */
  const refusedSecond = () => refusedStart({ DATA_DIR: database.dataDir });

  test('a second one names the process that holds it, and the first one works on', async () => {
    await using first = await ServerProcess.start(database);
    const live = first.client
      .as('one')
      .subscribe(
        'subscription ($after: String) { eventStored(after: $after) { event { position } } }',
        startAfter('one'),
      );
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      expect(await refusedSecond()).toContain(`in use by process ${first.pid};`);
      await first.client.ingest(runEvent('one'));
      expect(await headOf(first)).toBe(attempt);
      await live.until(({ received }) => received.at(-1)?.eventStored.event.position === attempt);
    }
    await live.close();
    expect(await first.stop()).toBe(0);
    await using next = await ServerProcess.start(database);
    expect(await headOf(next)).toBe(2);
    expect(await next.stop()).toBe(0);
  });

  test('one in another container counts, though its pid is another program here', async () => {
    await using first = await ServerProcess.start(database);
    await first.client.ingest(runEvent('one'));
    const lock = { pid: process.pid, host: hostname(), startedAt: '1' };
    writeFileSync(lockFile, JSON.stringify(lock));
    expect(await refusedSecond()).toContain(`in use by process ${lock.pid};`);
    expect(readLock()).toEqual(lock);
    expect(await headOf(first)).toBe(1);
    expect(await first.stop('SIGKILL')).toBe('SIGKILL');
    await using next = await ServerProcess.start(database);
    expect(await headOf(next)).toBe(1);
    expect(await next.stop()).toBe(0);
  });

  test('of several that start at the same moment exactly one comes up', async () => {
    const servers = Array.from({ length: 3 }, () => new ServerProcess({ DATA_DIR: database.dataDir }));
    const cameUp = await Promise.all(
      servers.map((server) =>
        server.ready().then(
          () => true,
          () => false,
        ),
      ),
    );
    expect(cameUp.filter((up) => up)).toHaveLength(1);
    await Promise.all(servers.map((server) => server.stop()));
  });

  test('the lock of one that was killed is taken over, with what it had acknowledged', async () => {
    await using first = await ServerProcess.start(database);
    await first.client.ingest(runEvent('one'));
    expect(await first.stop('SIGKILL')).toBe('SIGKILL');
    expect(readLock().pid).toBe(first.pid);
    await using next = await ServerProcess.start(database);
    expect(readLock().pid).toBe(next.pid);
    expect(await headOf(next)).toBe(1);
    expect(await next.stop()).toBe(0);
  });

  test('a pid that another program has by now does not count, nor does a lock that nobody can read', async () => {
    // This test's own process lives, and is not the one that took the lock.
    const reused = { pid: process.pid, host: hostname(), startedAt: '1' };
    for (const text of [JSON.stringify(reused), '{"pid":']) {
      writeFileSync(lockFile, text);
      const service = await startTestService('pglite', {}, database);
      expect(readLock()).toEqual({ pid: process.pid, host: hostname(), startedAt: readStartTime() });
      await service.close();
    }
  });

  test('a live process with its own start time does count, and so does one on another host', async () => {
    const lock = { pid: process.pid, host: hostname(), startedAt: readStartTime() };
    writeFileSync(lockFile, JSON.stringify(lock));
    expect(await refusedSecond()).toContain(`in use by process ${process.pid};`);
    writeFileSync(lockFile, JSON.stringify({ pid: 1, host: 'elsewhere.example', startedAt: '' }));
    const line = await refusedSecond();
    expect(line).toContain('process 1 on host elsewhere.example');
    expect(line).toContain(lockFile);
  });

  test('a zombie does not count', async () => {
    // The shell becomes `sleep`, which never collects the child that the shell has left behind.
    const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void parent.kill('SIGKILL'));
    let told = '';
    parent.stdout.on('data', (text) => {
      told += text;
    });
    await waitUntil(() => told.includes('\n'));
    const pid = Number(told);
    await waitUntil(() => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '));
    writeFileSync(lockFile, JSON.stringify({ pid, host: hostname(), startedAt: '' }));
    const service = await startTestService('pglite', {}, database);
    expect(readLock().pid).toBe(process.pid);
    await service.close();
  });
});

/** When this process has started, as the kernel counts. */
function readStartTime(): string {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
