import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../support/databases/databases.ts';
import { runEvent } from '../../support/events/events.ts';
import { newTenant } from '../../support/events/tenants.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';
import { waitUntil } from '../../support/wait-until.ts';

const HEAD = 'eventLog { headPosition }';
const LIST = 'automationRuns { nodes { runId } }';
const COMPILED_AFTER = 12;

describe('a list that is read together with the head of the log', () => {
  let database: TestDatabase;
  let service: TestService;
  let sql: postgres.Sql;

  beforeAll(async () => {
    database = await createTestDatabase('postgres');
    service = await startTestService('postgres', {}, database);
    sql = postgres(database.databaseUrl ?? '', { max: 2, fetch_types: false, onnotice: () => undefined });
  });
  afterAll(async () => {
    await sql.end({ timeout: 1 });
    await service.close();
    await database.drop();
  });

  /**
   * Asks while the head cannot be read, and stores a run before it can: as if it came between the
   * two reads.
   */
  async function askAroundIngest(query: string) {
    const [tenantId, other] = [newTenant(), newTenant()];
    await service.client.ingest(runEvent(other, { id: 'between' }));
    const client = service.client.as(tenantId);
    let asked: ReturnType<typeof client.data> | undefined;
    await sql.begin(async (transaction) => {
      await transaction`lock table tenants in access exclusive mode`;
      asked = client.data(query);
      asked.catch(() => undefined);
      await waitUntil(async () => {
        const waiting = await sql`select from pg_locks where not granted and relation = 'tenants'::regclass`;
        return waiting.length > 0;
      });
      // Whatever does not wait for the head is read by now.
      await new Promise((resolve) => setTimeout(resolve, 100));
      await transaction`update automation_runs set tenant_id = ${tenantId} where tenant_id = ${other}`;
      await transaction`update tenants set tenant_id = ${tenantId} where tenant_id = ${other}`;
    });
    return await asked;
  }

  test.each([
    ['before it', `{ ${LIST} ${HEAD} }`],
    ['behind it', `{ ${HEAD} ${LIST} }`],
    ['under other names', `{ list: ${LIST} head: ${HEAD} again: ${HEAD} }`],
    [
      'in fragments',
      `{ ...List ... on Query { ...Head } } fragment List on Query { ${LIST} } fragment Head on Query { ${HEAD} }`,
    ],
  ])('is never older than the head (%s)', async (_where, query) => {
    const data = await askAroundIngest(query);
    const list = data.list ?? data.automationRuns;
    const head = data.head ?? data.eventLog;
    expect(list.nodes.length).toBeGreaterThanOrEqual(head.headPosition);
    if (data.again !== undefined) expect(data.again).toEqual(head);
  });

  test('is never older than the head where the query is compiled', async () => {
    const query = `query Compiled { ${LIST} ${HEAD} }`;
    for (let time = 0; time < COMPILED_AFTER; time += 1) await service.client.as(newTenant()).data(query);
    const { automationRuns, eventLog } = await askAroundIngest(query);
    expect(automationRuns.nodes.length).toBeGreaterThanOrEqual(eventLog.headPosition);
  });
});
