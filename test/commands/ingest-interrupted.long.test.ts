import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect } from 'vitest';
import { createTestDatabase, describeOnEachDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { newTenant } from '../support/events/tenants.ts';
import { startIngest, TestFolder } from '../support/processes/command-process.ts';
import { ServerProcess } from '../support/processes/server-process.ts';
import { concurrentTest, onTestEnd } from '../support/run/concurrent-test.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { openHttpProxy } from '../support/sockets/http-proxy.ts';
import { waitUntil } from '../support/wait-until.ts';

const EVENTS = 600;
const BATCH = 10;

/** Each event of the file in the log once. */
async function expectAll({ client }: Pick<TestService, 'client'>, tenant: string): Promise<void> {
  const { eventLog, automationRuns } = await client
    .as(tenant)
    .data('{ eventLog { headPosition } automationRuns { totalCount } }');
  expect([eventLog.headPosition, automationRuns.totalCount]).toEqual([EVENTS, EVENTS]);
}

describeOnEachDatabase('npm run ingest in the middle of a file', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  /**
   * A server behind a proxy that makes each request take a moment, and a file of which only a part
   * is sent by then.
   */
  async function begin(folder: TestFolder, { url }: { url: string } = service) {
    const tenant = newTenant();
    const proxy = await openHttpProxy(url);
    onTestEnd(() => proxy.close());
    proxy.delayMs = 60;
    const lines = Array.from({ length: EVENTS }, () => JSON.stringify(runEvent(tenant)));
    const file = folder.write('events.json', `[${lines.join(',\n')}]`);
    const command = startIngest(proxy.url, [file, '--batch', String(BATCH)]);
    // Then more items have receipts than are on their way, which the proxy may count later.
    const path = join(folder.path, '.events.json.ingest-progress');
    await waitUntil(
      () => existsSync(path) && proxy.batches.length >= 20,
      20_000,
      () => command.stderr,
    );
    expect(command.ended).toBeUndefined();
    const sentSince = (request: number) =>
      proxy.batches.slice(request).reduce((sum, count) => sum + count, 0);
    return { tenant, proxy, file, command, sentSince };
  }

  for (const signal of ['SIGINT', 'SIGKILL'] as const)
    concurrentTest(
      `ended by ${signal}: the same command goes on, sends the rest and leaves nothing behind`,
      { timeout: 60_000 },
      async () => {
        using folder = new TestFolder();
        const { tenant, proxy, file, command, sentSince } = await begin(folder);
        expect(await command.stop(signal)).toBe(signal === 'SIGINT' ? 130 : signal);
        const answered = Number(/\n(\d+) items/.exec(command.stdout)?.[1] ?? 0);
        if (signal === 'SIGINT') {
          expect(answered).toBeGreaterThan(0);
          expect(command.stderr).toBe('Interrupted. Run the same command to resume.\n');
          expect(command.stdout).toMatch(new RegExp(`^STORED +${answered}\n`));
        }
        const request = proxy.batches.length;
        proxy.delayMs = 0;
        await using next = startIngest(proxy.url, [file, '--batch', String(BATCH)]);
        const { status, stdout, stderr } = await next.result();
        expect(stderr).toContain('resumes at line ');
        expect(status).toBe(0);
        expect(stdout).toContain(`\n${EVENTS} items, `);
        expect(sentSince(request)).toBeLessThan(EVENTS);
        if (signal === 'SIGINT') expect(sentSince(request)).toBe(EVENTS - answered);
        expect(readdirSync(folder.path)).toEqual(['events.json']);
        await expectAll(service, tenant);
      },
    );

  concurrentTest(
    'goes on by itself when the server is killed and started again',
    { timeout: 60_000 },
    async () => {
      using folder = new TestFolder();
      const database = await createTestDatabase(kind);
      onTestEnd(() => database.drop());
      await using server = await ServerProcess.start(database);
      const { tenant, proxy, command } = await begin(folder, server);
      await server.stop('SIGKILL');
      await using next = await ServerProcess.start(database);
      proxy.target = next.url;
      proxy.delayMs = 0;
      const { status, stdout } = await command.result();
      expect(status).toBe(0);
      expect(stdout).toContain(`\n${EVENTS} items, `);
      await expectAll(next, tenant);
      expect(await next.stop()).toBe(0);
    },
  );

  concurrentTest('a resume point that is no whole one does not count', { timeout: 60_000 }, async () => {
    using folder = new TestFolder();
    const { tenant, proxy, file, command, sentSince } = await begin(folder);
    await command.stop('SIGKILL');
    const path = join(folder.path, '.events.json.ingest-progress');
    writeFileSync(path, readFileSync(path).subarray(0, 40));
    const request = proxy.batches.length;
    proxy.delayMs = 0;
    await using next = startIngest(proxy.url, [file, '--batch', '500']);
    expect((await next.result()).status).toBe(0);
    expect(sentSince(request)).toBe(EVENTS);
    await expectAll(service, tenant);
  });
});

concurrentTest(
  'npm run ingest keeps little in memory, whatever the size of a file, a line or a list element',
  { timeout: 120_000 },
  async () => {
    using folder = new TestFolder();
    const proxy = await openHttpProxy('http://127.0.0.1:1');
    proxy.answersItself = true;
    const lines = Buffer.from(
      `${JSON.stringify(runEvent('one', { text: 'x'.repeat(2_000) }))}\n`.repeat(10_000),
    );
    const endless = Buffer.alloc(300_000_000, 'x');
    const files = [
      folder.write('lines.ndjson', Buffer.concat([lines, endless, Buffer.from('\n'), lines])),
      folder.write(
        'list.json',
        Buffer.concat([Buffer.from('[{"a":"'), endless.subarray(0, 100_000_000), Buffer.from('"},{"b":1}]')]),
      ),
    ];
    await using command = startIngest(proxy.url, files);
    let mostBytes = 0;
    await waitUntil(() => {
      if (command.ended !== undefined) return true;
      const [, kilobytes] =
        /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${command.pid}/status`, 'utf8')) ?? [];
      mostBytes = Math.max(mostBytes, Number(kilobytes ?? 0) * 1_024);
      return false;
    }, 100_000);
    expect(command.stdout).toMatch(/^STORED +20,001\n[\s\S]*REJECTED +2\n/);
    expect(mostBytes).toBeLessThan(230_000_000);
    await proxy.close();
  },
);
