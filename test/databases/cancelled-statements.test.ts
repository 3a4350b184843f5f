import { expect, it } from 'vitest';
import { askOver, codesOf } from '../support/clients/ask-over.ts';
import { asAdmin } from '../support/databases/databases.ts';
import { startOpenService } from '../support/services/open-service.ts';
import { RawWebSocket } from '../support/sockets/raw-web-socket.ts';

/** Shorter than that of a service. All statements of the test are sent within it. */
const READ_MS = 5_000;

it('a statement ends at the database by its time limit, also when its client has left', async () => {
  const service = await startOpenService('postgres', {}, undefined, {
    deadlines: { readMs: READ_MS, writeMs: READ_MS },
  });
  const socket = await RawWebSocket.connect(service.url, 'one');
  const database = new URL(service.location.databaseUrl ?? '').pathname.slice(1);
  const leaving = new AbortController();
  const toQuery = (name: string) => `{ ${name}: automations { nodes { name } } }`;
  const body = JSON.stringify({ query: toQuery('left') });
  try {
    await asAdmin(async (sql) => {
      await sql.begin(async (transaction) => {
        await transaction`lock table automations in access exclusive mode`;
        // A transaction sees only the first state of pg_stat_activity.
        const countWaiting = async () => {
          const [row] = await asAdmin(
            (other) => other`select count(*)::int as count from pg_stat_activity
            where wait_event_type = 'Lock' and query like '%automations%' and datname = ${database}`,
          );
          return row?.count;
        };
        const left = fetch(`${service.url}/graphql`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-tenant-id': 'one' },
          body,
          signal: leaving.signal,
        }).catch(() => 'left');
        const completed = socket.start(toQuery('completed'));
        const other = await RawWebSocket.connect(service.url, 'one');
        other.start(toQuery('cut'));
        const waiting = askOver('POST', service.url, { query: toQuery('waiting') }, { tenantId: 'one' });
        await expect.poll(countWaiting, { timeout: 10_000 }).toBe(4);
        leaving.abort();
        socket.complete(completed);
        other.socket.terminate();
        expect(await left).toBe('left');
        const answer = await waiting;
        expect(codesOf(answer)).toEqual(['TIMEOUT']);
        expect(answer.status).toBe(200);
        // The table is still locked, so each statement was cancelled.
        await expect.poll(countWaiting, { timeout: 5_000 }).toBe(0);
        expect(socket.of(completed)).toEqual([]);
        expect(await socket.codesOf(socket.start('{ __typename }'))).toEqual([]);
      });
    }, service.location.databaseUrl);
    const { errors } = await askOver('POST', service.url, { query: toQuery('later') }, { tenantId: 'one' });
    expect(errors).toBeUndefined();
  } finally {
    socket.socket.terminate();
    await service.close();
  }
}, 60_000);
