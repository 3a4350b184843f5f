import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Database } from '../../../src/store/database/database.ts';
import { describeOnEachDatabase } from '../../support/databases/databases.ts';
import { watchQueries } from '../../support/databases/watch-queries.ts';
import { wrapAccess } from '../../support/databases/wrap-access.ts';
import { runEvent } from '../../support/events/events.ts';
import { newTenant } from '../../support/events/tenants.ts';
import { type OpenService, startOpenService } from '../../support/services/open-service.ts';
import { RawWebSocket } from '../../support/sockets/raw-web-socket.ts';
import { waitUntil } from '../../support/wait-until.ts';

const RUNS = `subscription ($where: AutomationRunFilter) { automationRunEnded(where: $where) { event { position } } }`;
const HEAVY = 10;
const CONDITIONS = 400;

describeOnEachDatabase('filters of hundreds of conditions', (kind) => {
  let service: OpenService;
  /** Whether statements with so many parameters wait, as if the database was busy with them. */
  let isHolding = true;
  let held = 0;
  let mostHeld = 0;

  beforeAll(async () => {
    const toServed = (database: Database): Database =>
      wrapAccess(database, ({ read, write }) => ({
        read: async (work) => {
          let parameters = 0;
          const result = await read((queries) =>
            work(
              watchQueries(queries, ({ params }) => {
                parameters = params.length;
              }),
            ),
          );
          held += 1;
          if (parameters > CONDITIONS) {
            mostHeld = Math.max(mostHeld, held);
            await waitUntil(() => !isHolding, 30_000);
          }
          held -= 1;
          return result;
        },
        write,
      }));
    service = await startOpenService(kind, {}, toServed);
  });
  afterAll(() => service.close());

  test('hold up nobody but those who have them, however long they take', async () => {
    const tenantId = newTenant();
    const socket = await RawWebSocket.connect(service.url, tenantId);
    const heavy = Array.from({ length: HEAVY }, (_, number) => {
      const or = Array.from({ length: CONDITIONS }, (_, index) => ({
        title: { contains: `${number}-${index}` },
      }));
      return socket.start(RUNS, { where: { or } });
    });
    const light = socket.start(RUNS, { where: { status: { eq: 'FINISHED' } } });
    const plain = socket.start(RUNS);
    await waitUntil(() => service.feed.waiting === HEAVY + 2);
    const countOf = (id: string) => socket.of(id).length;
    for (let count = 1; count <= 5; count += 1) {
      await service.client.ingest(runEvent(tenantId, { title: `run ${count % HEAVY}-7` }));
      await waitUntil(() => countOf(light) === count && countOf(plain) === count);
    }
    expect(heavy.map(countOf)).toEqual(heavy.map(() => 0));
    expect(mostHeld).toBeLessThanOrEqual(3);
    isHolding = false;
    await waitUntil(() => [1, 2, 3, 4, 5].every((number) => countOf(heavy[number] ?? '') === 1));
    expect(heavy.map(countOf)).toEqual([0, 1, 1, 1, 1, 1, 0, 0, 0, 0]);
    socket.socket.terminate();
  });
});
