import { existsSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { runEvent } from '../support/events/events.ts';
import { startIngest, TestFolder } from '../support/processes/command-process.ts';
import { concurrentTest } from '../support/run/concurrent-test.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { findFreePort } from '../support/sockets/free-port.ts';
import { type Fault, openHttpProxy } from '../support/sockets/http-proxy.ts';
import { waitUntil } from '../support/wait-until.ts';

const toLines = (tenantId: string, count: number) =>
  Array.from({ length: count }, () => `${JSON.stringify(runEvent(tenantId))}\n`).join('');
const toError = (code: string, more: object = {}) => ({
  errors: [{ message: 'Not now.', extensions: { code, ...more } }],
});
const answer = (status: number, body: unknown, headers?: Record<string, string>): Fault => ({
  kind: 'answer',
  status,
  body,
  ...(headers && { headers }),
});

describe('npm run ingest and a server that does not take everything at once', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService('pglite', { MAX_BATCH: '40', MAX_BODY_BYTES: '30000' });
  });
  afterAll(() => service.close());

  /** Opens a proxy for one test. */
  const open = async () => {
    const proxy = await openHttpProxy(service.url);
    return Object.assign(proxy, { [Symbol.asyncDispose]: () => proxy.close() });
  };
  const headOf = async (tenantId: string) =>
    (await service.client.as(tenantId).data('{ eventLog { headPosition } }')).eventLog.headPosition;

  concurrentTest('waits as long as it is told, or a little, and sends the same again', async () => {
    await using proxy = await open();
    const faults = [
      answer(200, toError('RATE_LIMITED', { retryAfterMs: 1_500 })),
      answer(503, 'the proxy has nobody behind it', { 'retry-after': '2' }),
      answer(429, {}, { 'retry-after': new Date(Date.now() + 3_000).toUTCString() }),
      { kind: 'cut', when: 'after' },
    ] as const;
    proxy.fault = (index) => faults[index];
    await using command = startIngest(proxy.url, ['--in-flight', '1', '--batch', '10'], {
      input: toLines('patient', 25),
    });
    const { status, stdout } = await command.result();
    expect(status).toBe(0);
    // The answer to the first ten was lost once.
    expect(stdout).toMatch(/^STORED +15\nDUPLICATE +10\n/);
    expect(proxy.batches).toEqual([...faults.map(() => 10), 10, 10, 5]);
    const pauses = proxy.times.slice(1).map((time, index) => time - (proxy.times[index] ?? 0));
    expect(pauses[0]).toBeGreaterThanOrEqual(1_490);
    expect(pauses[1]).toBeGreaterThanOrEqual(1_990);
    expect(await headOf('patient')).toBe(25);
  });

  concurrentTest('waits as well when nothing tells how long', async () => {
    await using proxy = await open();
    const faults = [
      answer(200, toError('UNAVAILABLE')),
      answer(500, { data: null, ...toError('INTERNAL_SERVER_ERROR') }),
      { kind: 'cut', when: 'before' },
    ] as const;
    proxy.fault = (index) => faults[index];
    await using command = startIngest(proxy.url, ['--in-flight', '1'], { input: toLines('untold', 5) });
    expect((await command.result()).status).toBe(0);
    expect(proxy.batches).toEqual([5, 5, 5, 5]);
    expect(await headOf('untold')).toBe(5);
  });

  concurrentTest('gives up in time although the server asks for a longer pause', async () => {
    await using proxy = await open();
    proxy.fault = () => answer(503, 'in maintenance', { 'retry-after': '15' });
    const startedAt = performance.now();
    await using command = startIngest(proxy.url, ['--give-up-after', '1s'], { input: toLines('asked', 5) });
    expect((await command.result()).status).toBe(2);
    expect(performance.now() - startedAt).toBeLessThan(12_000);
    expect(proxy.batches).toEqual([5, 5]);
  });

  concurrentTest(
    'all that are sent at once wait for the one that is told to',
    { concurrent: false },
    async () => {
      await using proxy = await open();
      proxy.fault = (index) =>
        index === 0 ? answer(200, toError('RATE_LIMITED', { retryAfterMs: 1_000 })) : undefined;
      await using command = startIngest(proxy.url, ['--in-flight', '3', '--batch', '1'], {
        input: toLines('together', 10),
      });
      expect((await command.result()).status).toBe(0);
      expect(await headOf('together')).toBe(10);
      const [first = 0, ...others] = proxy.times;
      expect(others.filter((time) => time > first + 500 && time < first + 950)).toEqual([]);
    },
  );

  concurrentTest(
    'sends fewer where the server takes fewer, learns that, and gives up on one alone that is too large',
    async () => {
      await using proxy = await open();
      const events = Array.from({ length: 100 }, () => runEvent('fewer', { text: 'x'.repeat(300) }));
      const large = runEvent('fewer', { text: 'x'.repeat(40_000) });
      await using command = startIngest(proxy.url, ['--in-flight', '1'], {
        input: JSON.stringify([
          ...events,
          large,
          ...events.map(({ id }) => ({ ...events[0], id: `${id}-2` })),
        ]),
      });
      const { status, stdout, stderr } = await command.result();
      expect(stdout).toMatch(/^STORED +200\nDUPLICATE +0\nCONFLICT +0\nQUARANTINED +0\nREJECTED +1\n/);
      expect(status).toBe(1);
      expect(stderr).toContain(
        'item 101: REJECTED TOO_LARGE: The server refuses the event: REQUEST_ENTITY_TOO_LARGE',
      );
      // It keeps to the size that it has learnt: far fewer requests than if it halved each batch.
      expect(proxy.batches.length).toBeLessThan(40);
      expect(await headOf('fewer')).toBe(200);
    },
  );

  concurrentTest('gives up after a time with status 2, and the same command goes on later', async () => {
    await using proxy = await open();
    using folder = new TestFolder();
    const file = folder.write('events.ndjson', toLines('later', 100));
    proxy.fault = (index) => (index >= 3 ? { kind: 'cut', when: 'before' } : undefined);
    const args = ['--batch', '10', '--in-flight', '2', '--give-up-after', '2s', file];
    const startedAt = performance.now();
    await using first = startIngest(proxy.url, args);
    const { status, stderr } = await first.result();
    expect(status).toBe(2);
    expect(performance.now() - startedAt).toBeGreaterThan(2_000);
    expect(stderr).toContain(`Given up: ${proxy.url}/graphql has accepted nothing for 2 s (`);
    expect(stderr).toContain('Run the same command to resume.');
    const stored = await headOf('later');
    expect(stored).toBe(30);

    const before = proxy.batches.length;
    proxy.fault = () => undefined;
    await using second = startIngest(proxy.url, args);
    const result = await second.result();
    expect(result.stderr).toMatch(
      new RegExp(`^${file}: resumes at line (21|31); --restart sends everything again\n$`),
    );
    expect(result.stdout).toMatch(/^STORED +100\n|^STORED +90\nDUPLICATE +10\n/);
    expect(result.status).toBe(0);
    const sent = proxy.batches.slice(before).reduce((sum, count) => sum + count, 0);
    expect(sent).toBeLessThanOrEqual(80);
    expect(await headOf('later')).toBe(100);
    expect(readdirSync(folder.path)).toEqual(['events.ndjson']);
  });

  concurrentTest(
    'goes on before the first batch that is not answered, whatever was answered after it',
    async () => {
      await using proxy = await open();
      using folder = new TestFolder();
      const events = Array.from({ length: 100 }, () => runEvent('gap'));
      const file = folder.write('events.json', JSON.stringify(events));
      const args = ['--batch', '10', '--in-flight', '2', '--give-up-after', '1s', file];
      proxy.fault = (_index, firstId) =>
        firstId === events[20]?.id ? { kind: 'cut', when: 'before' } : undefined;
      await using first = startIngest(proxy.url, args);
      const { status, stdout } = await first.result();
      expect(status).toBe(2);
      expect(stdout).toContain('\n20 items, ');
      expect(await headOf('gap'), 'batches behind the gap were stored').toBeGreaterThan(20);
      proxy.fault = () => undefined;
      await using second = startIngest(proxy.url, args);
      expect((await second.result()).status).toBe(0);
      expect(await headOf('gap')).toBe(100);
    },
  );

  concurrentTest('sends again after a 429, unless its code says that this cannot succeed', async () => {
    await using proxy = await open();
    const faults = [429, 429].map((status, index) =>
      answer(status, toError(['RATE_LIMITED', 'GATEWAY'][index] ?? '')),
    );
    proxy.fault = (index) => faults[index] ?? answer(429, toError('FORBIDDEN'));
    await using command = startIngest(proxy.url, ['--give-up-after', '3s'], { input: toLines('quota', 1) });
    const { status, stderr } = await command.result();
    expect([status, stderr]).toEqual([
      2,
      `Refused by ${proxy.url}/graphql: FORBIDDEN: INGEST_TOKEN must be a valid token with the scope events:ingest. It is safe to send everything again.\n`,
    ]);
    expect(proxy.batches).toEqual([1, 1, 1]);
  });

  concurrentTest(
    'does not wait for what will never be: it ends with status 2 and keeps the resume point',
    async () => {
      await using proxy = await open();
      using folder = new TestFolder();
      const file = folder.write('events.ndjson', toLines('never', 100));
      proxy.fault = (index) =>
        index === 2 ? answer(200, { data: null, ...toError('FORBIDDEN') }) : undefined;
      const args = ['--batch', '10', '--in-flight', '1', file];
      await using command = startIngest(proxy.url, args);
      const { status, stderr } = await command.result();
      expect([status, stderr]).toEqual([
        2,
        `Refused by ${proxy.url}/graphql: FORBIDDEN: INGEST_TOKEN must be a valid token with the scope events:ingest. Run the same command to resume.\n`,
      ]);
      expect(proxy.batches).toHaveLength(3);
      await using next = startIngest(proxy.url, args);
      expect((await next.result()).status).toBe(0);
      expect(proxy.batches).toHaveLength(3 + 8);
      expect(await headOf('never')).toBe(100);
    },
  );

  concurrentTest('a place that is no such server is told as such', async () => {
    await using elsewhere = startIngest(`${service.url}/health/live`, [], { input: toLines('none', 1) });
    expect(await elsewhere.result()).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('is --url the endpoint?'),
    });
    const nobody = `http://127.0.0.1:${await findFreePort()}`;
    await using command = startIngest(nobody, ['--give-up-after', '1s'], { input: toLines('none', 1) });
    expect(await command.result()).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('ECONNREFUSED'),
    });
  });

  concurrentTest(
    'events that are piped in one by one are sent without waiting for a full batch',
    async () => {
      await using command = startIngest(service.url, []);
      for (let count = 1; count <= 2; count += 1) {
        command.child.stdin?.write(toLines('trickle', 1));
        await waitUntil(async () => (await headOf('trickle')) === count);
      }
      expect(await command.stop('SIGINT')).toBe(130);
      expect(command.stdout).toMatch(/^STORED +2\n/);
    },
  );

  concurrentTest(
    'a file that was changed, and one that is to be sent anew, begin at the beginning',
    async () => {
      await using proxy = await open();
      using folder = new TestFolder();
      const lines = toLines('anew', 40);
      const file = folder.write('events.ndjson', lines);
      const args = [
        '--batch',
        '10',
        '--in-flight',
        '1',
        '--give-up-after',
        '0s',
        '--state',
        `${folder.path}/state`,
        file,
      ];
      const run = async (...more: string[]) => {
        const before = proxy.batches.length;
        await using command = startIngest(proxy.url, [...args, ...more]);
        const { status, stdout } = await command.result();
        return { status, requests: proxy.batches.length - before, all: /\n(\d+) items/.exec(stdout)?.[1] };
      };
      proxy.fault = (index) => (index === 2 ? { kind: 'cut', when: 'before' } : undefined);
      expect(await run()).toEqual({ status: 2, requests: 3, all: '20' });
      expect(existsSync(`${folder.path}/state`)).toBe(true);
      expect(readdirSync(folder.path).sort()).toEqual(['events.ndjson', 'state']);
      proxy.fault = (index) => (index === 4 ? { kind: 'cut', when: 'before' } : undefined);
      expect(await run('--restart')).toEqual({ status: 2, requests: 2, all: '10' });
      folder.write('events.ndjson', `${lines}\n`);
      expect(await run()).toEqual({ status: 0, requests: 4, all: '40' });
      expect(readdirSync(`${folder.path}/state`)).toEqual([]);
    },
  );

  concurrentTest(
    'of several files those that are sent are not sent again while the others are not',
    async () => {
      await using proxy = await open();
      using folder = new TestFolder();
      const files = ['a', 'b', 'c'].map((name) =>
        folder.write(`${name}.ndjson`, `${toLines(name, 10)}{oops\n`),
      );
      const args = ['--give-up-after', '0s', '--report', `${folder.path}/report`, ...files];
      proxy.fault = (index) => (index === 1 ? { kind: 'cut', when: 'before' } : undefined);
      await using first = startIngest(proxy.url, args);
      expect((await first.result()).status).toBe(2);
      proxy.fault = () => undefined;
      await using second = startIngest(proxy.url, args);
      const { status, stdout, stderr } = await second.result();
      expect(status, 'what the first run could not send counts').toBe(1);
      expect(stdout).toMatch(/^STORED +30\n[\s\S]*REJECTED +3\n33 items, 22 of them now, /);
      expect(stderr).toContain('a.ndjson: is sent already; --restart sends everything again');
      expect(proxy.batches).toEqual([10, 10, 10, 10]);
      expect(readdirSync(folder.path).sort()).toEqual(['a.ndjson', 'b.ndjson', 'c.ndjson', 'report']);
    },
  );
});
