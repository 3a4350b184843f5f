import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { followRuns } from '../../schema/client/follow-runs.ts';
import { toLogCursor } from '../../src/store/read/log-cursor.ts';
import { createTestDatabase, type TestDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { positionOf } from '../support/events/log-cursor.ts';
import { newTenant } from '../support/events/tenants.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { findFreePort } from '../support/sockets/free-port.ts';
import { waitUntil } from '../support/wait-until.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(new URL('../../schema/client/README.md', import.meta.url), 'utf8');

describe('the example client', () => {
  let database: TestDatabase;
  let service: TestService;
  let port: string;
  const children: ChildProcess[] = [];

  const start = () => startTestService('postgres', { PORT: port }, database);
  const restart = async (meanwhile: () => Promise<unknown> = async () => undefined) => {
    await service.close();
    await meanwhile();
    service = await start();
  };
  beforeAll(async () => {
    database = await createTestDatabase('postgres');
    port = String(await findFreePort());
    service = await start();
  });
  afterEach(() => {
    // It passes the signal on to the program that it runs.
    for (const child of children.splice(0)) child.kill('SIGTERM');
  });
  afterAll(async () => {
    await service.close();
    await database.drop();
  });

  const send = async (tenantId: string, ...runIds: string[]) => {
    const events = runIds.map((id) => runEvent(tenantId, { id, title: `Run ${id}`, status: 'failed' }));
    await service.client.ingest(...events);
  };
  const toShown = (tenantId: string, runId: string, position: number) => ({
    ...{ runId, title: `Run ${runId}`, status: 'FAILED' },
    cursor: expect.toSatisfy((cursor: string) => positionOf(tenantId, cursor) === position),
  });

  test('runs as its README says: a list, then each run as it ends, through restarts of the server', async () => {
    const tenantId = newTenant();
    await send(tenantId, 'a', 'b');
    const [, command = ''] = /```sh\n(.*)\n```/.exec(readme) ?? [];
    const args = command
      .replace('ws://localhost:4000', service.url.replace('http', 'ws'))
      .replace('my-tenant', tenantId)
      .split(' ');
    expect(args.shift()).toBe('npx');
    const child = spawn(`${ROOT}/node_modules/.bin/${args.shift()}`, args, { cwd: ROOT });
    children.push(child);
    let output = '';
    child.stdout.on('data', (text) => {
      output += text;
    });
    const lines = () =>
      output
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line));
    await waitUntil(
      () => lines().length === 1,
      20_000,
      () => output,
    );
    expect(lines()[0].list.toSorted()).toEqual(['a', 'b']);

    await send(tenantId, 'c');
    await waitUntil(() => lines().length === 2);
    await restart();
    await send(tenantId, 'd', 'e');
    await waitUntil(() => lines().length === 4, 20_000);
    await restart();
    await send(tenantId, 'f');
    await waitUntil(() => lines().length === 5, 20_000);
    expect(lines().slice(1)).toEqual(
      ['c', 'd', 'e', 'f'].map((id, index) => toShown(tenantId, id, index + 3)),
    );
    child.kill('SIGTERM');
    await waitUntil(() => child.exitCode !== null);
    expect(child.exitCode).toBe(0);
  }, 60_000);

  test('has each run in its list or as it ends, however many arrive while it begins', async () => {
    const tenantId = newTenant();
    let sent = 0;
    let isOver = false;
    const sending = (async () => {
      while (!isOver) {
        await send(tenantId, `run-${sent + 1}`);
        sent += 1;
      }
    })();
    // A failure is told at the end, not before.
    sending.catch(() => undefined);
    onTestFinished(async () => {
      isOver = true;
      await sending;
    });
    for (let round = 0; round < 10; round += 1) {
      const end = new AbortController();
      const seen = new Set<string>();
      const told: string[] = [];
      const following = followRuns({
        url: `${service.url.replace('http', 'ws')}/graphql`,
        tenantId,
        signal: end.signal,
        onList: (runs) => runs.forEach(({ runId }) => void seen.add(runId)),
        onRun: ({ runId }) => void told.push(runId),
      });
      await waitUntil(() => told.length >= 5);
      end.abort();
      await following;
      const numbers = told.map((runId) => Number(runId.slice(4)));
      const first = numbers[0] ?? 0;
      expect(numbers, 'once, in order').toEqual(numbers.map((_, index) => first + index));
      const newest = Math.max(...[...seen].map((runId) => Number(runId.slice(4))), 0);
      expect(first, 'no gap behind the list').toBeLessThanOrEqual(newest + 1);
    }
  }, 60_000);

  test('reads the list anew where its cursor is none of this log', async () => {
    const tenantId = newTenant();
    await send(tenantId, 'a');
    const lists: string[][] = [];
    const told: string[] = [];
    const end = new AbortController();
    const following = followRuns({
      url: `${service.url.replace('http', 'ws')}/graphql`,
      tenantId,
      after: toLogCursor(tenantId, 1_000),
      signal: end.signal,
      onList: (runs) => void lists.push(runs.map(({ runId }) => runId)),
      onRun: ({ runId }) => void told.push(runId),
    });
    await waitUntil(() => lists.length === 1);
    await send(tenantId, 'b');
    await waitUntil(() => told.length === 1);
    end.abort();
    await following;
    expect({ lists, told }).toEqual({ lists: [['a']], told: ['b'] });
  });

  test('ends with the error where trying again would not help', async () => {
    const end = new AbortController();
    const following = followRuns({
      url: `${service.url.replace('http', 'ws')}/graphql`,
      tenantId: '\u0000',
      signal: end.signal,
      onList: () => undefined,
      onRun: () => undefined,
    });
    await expect(following).rejects.toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});
