import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createTestDatabase,
  describeOnEachDatabase,
  type TestDatabase,
} from '../../support/databases/databases.ts';
import { readRows } from '../../support/databases/rows.ts';
import { lockTenants } from '../../support/databases/tenant-lock.ts';
import { runEvent } from '../../support/events/events.ts';
import { newTenant } from '../../support/events/tenants.ts';
import { toDose } from '../../support/run/dose.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';

interface Receipt {
  index: number;
  outcome: string;
  position: number | null;
}

/** An item of a batch: which of a few events, with which of two contents; or no event at all. */
const item = fc.oneof(
  { weight: 6, arbitrary: fc.record({ tenant: fc.nat(1), event: fc.nat(7), content: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.constantFrom('quarantined', 'rejected') },
);
type Item = typeof item extends fc.Arbitrary<infer Value> ? Value : never;
const batch = fc.array(item, { minLength: 1, maxLength: 6 });
/** What each caller sends, one batch after the other. */
const callers = fc.array(fc.array(batch, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 8 });

describeOnEachDatabase('callers whose batches are stored in common', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  function toEvent(tenants: string[], sent: Item): unknown {
    if (sent === 'rejected') return 'no event';
    if (sent === 'quarantined') return runEvent(tenants[0] ?? '', {}, { id: '' });
    const data = { id: `run-${sent.event}`, title: `title ${sent.content}` };
    return runEvent(tenants[sent.tenant] ?? '', data, { id: `event-${sent.event}` });
  }

  test('each get their own answers, as if the batches had come one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(callers, async (batchesOfCallers) => {
        const tenants = [newTenant(), newTenant()];
        const answered: { sent: Item; receipt: Receipt }[][] = [];
        const call = async (batches: Item[][]) => {
          for (const items of batches) {
            const { receipts } = await service.client.ingest(...items.map((each) => toEvent(tenants, each)));
            expect(receipts.map(({ index }: Receipt) => index)).toEqual(items.map((_, index) => index));
            answered.push(items.map((sent, index) => ({ sent, receipt: receipts[index] })));
          }
        };
        await Promise.all(batchesOfCallers.map(call));

        for (const tenant of [0, 1]) {
          const ofTenant = answered.map((answers) =>
            answers.flatMap(({ sent, receipt }) =>
              typeof sent === 'object' && sent.tenant === tenant ? [{ ...sent, ...receipt }] : [],
            ),
          );
          const stored = ofTenant.flat().filter(({ outcome }) => outcome === 'STORED');
          const positions = stored.map(({ position }) => Number(position)).sort((a, b) => a - b);
          expect(positions, 'positions are 1 to N').toEqual(stored.map((_, index) => index + 1));
          // An event is stored once; who sends it again gets the answer that its content deserves.
          const standing = new Map(stored.map((one) => [one.event, one]));
          expect(standing.size).toBe(stored.length);
          for (const { event, content, outcome, position } of ofTenant.flat()) {
            const first = standing.get(event);
            expect(position).toBe(first?.position);
            if (outcome !== 'STORED')
              expect(outcome).toBe(content === first?.content ? 'DUPLICATE' : 'CONFLICT');
          }
          // Within a batch the order of the items is the order of the positions.
          for (const answers of ofTenant) {
            const own = answers.filter(({ outcome }) => outcome === 'STORED').map(({ position }) => position);
            expect(own).toEqual([...own].sort((a, b) => Number(a) - Number(b)));
          }
        }
        for (const { sent, receipt } of answered.flat()) {
          if (typeof sent === 'string') expect(receipt.outcome).toBe(sent.toUpperCase());
        }
      }),
      { numRuns: toDose({ short: 8, full: 25 }) },
    );
  });
});

describe('what arrives while a tenant is being written to', () => {
  let database: TestDatabase;
  let service: TestService;
  beforeAll(async () => {
    database = await createTestDatabase('postgres');
    service = await startTestService('postgres', {}, database);
  });
  afterAll(async () => {
    await service.close();
    await database.drop();
  });

  const countTransactions = async (tenantId: string) => {
    const rows = await readRows(
      database,
      `select count(distinct xmin::text)::int as count from events where tenant_id = '${tenantId}'`,
    );
    return rows[0]?.count;
  };

  test('is stored by the next transaction, all of it; other tenants do not wait', async () => {
    const tenantId = newTenant();
    const lock = await lockTenants(database, [tenantId]);
    const first = service.client.ingest(runEvent(tenantId));
    await lock.awaited();
    const others = Array.from({ length: 50 }, () => service.client.ingest(runEvent(tenantId)));
    // Once these are answered, those that were sent before have been read.
    for (let count = 0; count < 5; count += 1) await service.client.ingest(runEvent(newTenant()));
    await lock.release();
    const payloads = await Promise.all([first, ...others]);
    expect(payloads.map(({ stored }) => stored)).toEqual(payloads.map(() => 1));
    expect(payloads[0].receipts[0].position).toBe(1);
    expect(await countTransactions(tenantId)).toBeLessThanOrEqual(5);
  });

  test('is begun at once where the tenant is idle', async () => {
    const tenantId = newTenant();
    for (let count = 0; count < 5; count += 1) await service.client.ingest(runEvent(tenantId));
    expect(await countTransactions(tenantId)).toBe(5);
  });
});
