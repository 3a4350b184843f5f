import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/store/database/database.ts';
import { unavailable } from '../../src/store/database/failure.ts';
import { askOver, WAYS_TO_ASK } from '../support/clients/ask-over.ts';
import { SseSubscription } from '../support/clients/sse-subscription.ts';
import { wrapAccess } from '../support/databases/wrap-access.ts';
import { type OpenService, startOpenService } from '../support/services/open-service.ts';

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const QUERY = { query: '{ automationRuns { totalCount } }' };

describe('each line about a request has the ids of the request and of its operation,', () => {
  let service: OpenService;
  let failure: (() => Error) | undefined;
  beforeAll(async () => {
    service = await startOpenService('postgres', {}, (database: Database) =>
      wrapAccess(database, ({ read, write }) => ({
        read: (work) => (failure === undefined ? read(work) : Promise.reject(failure())),
        write,
      })),
    );
  });
  afterAll(() => service.close());

  /** Returns the lines that are logged while the reads of `work` fail. */
  const logOf = async (cause: () => Error, work: () => Promise<unknown>) => {
    const from = service.log.length;
    failure = cause;
    await work();
    failure = undefined;
    return service.log.slice(from).map((line): Record<string, unknown> => JSON.parse(line));
  };

  test.each(WAYS_TO_ASK)('which the client sees too if the service fails (%s)', async (way) => {
    let shown: unknown[] = [];
    const lines = await logOf(
      () => new Error('broken'),
      async () => {
        const { errors = [] } = await askOver(way, service.url, QUERY, { tenantId: 'one' });
        shown = errors.map(({ extensions }) => extensions.requestId);
      },
    );
    expect(lines.map(({ msg }) => msg)).toEqual(['a request failed']);
    expect(lines[0]?.requestId).toMatch(ID);
    expect(lines[0]?.operationId).toMatch(ID);
    expect(new Set(shown)).toEqual(new Set([lines[0]?.requestId]));
  });

  test('once per error, also while the database is away', async () => {
    const lines = await logOf(unavailable, () => askOver('POST', service.url, QUERY, { tenantId: 'one' }));
    expect(lines.length).toBe(1);
    for (const { requestId } of lines) expect(requestId).toMatch(ID);
  });

  test('which differ between two requests, and between two operations of a WebSocket', async () => {
    const lines = await logOf(
      () => new Error('broken'),
      async () => {
        const ask = () => service.client.as('one').request('{ automationRuns { totalCount } }');
        await Promise.all([ask(), ask()]);
      },
    );
    expect(new Set(lines.map(({ requestId }) => requestId)).size).toBe(2);
  });

  test('also if a subscription cannot start', async () => {
    const query = 'subscription { eventStored { cursor } }';
    const lines = await logOf(
      () => new Error('broken'),
      async () => {
        const stream = new SseSubscription(service.url, 'one', query);
        await stream.until(({ received, closed }) => received.length > 0 || closed);
        await stream.close();
      },
    );
    expect(lines.length).toBe(1);
    expect(lines[0]?.operationId).toMatch(ID);
  });
});
