import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnEachDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { newTenant } from '../support/events/tenants.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const PREVIEW = `mutation ($events: [JSON!]!, $dryRun: Boolean) {
  ingestEvents(input: { events: $events, dryRun: $dryRun }) { stored duplicates conflicts quarantined rejected
    receipts { index outcome eventId tenantId position event { id } quarantinedEventId errors { code } warnings { code } } } }`;

describeOnEachDatabase('ingestEvents with dryRun', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  test('returns the receipts that the events would have, and stores nothing', async () => {
    const [tenantId, other] = [newTenant(), newTenant()];
    const known = runEvent(tenantId);
    await service.client.ingest(known);
    const fresh = runEvent(tenantId);
    const conflict = { ...known, data: { id: 'another run' } };
    const events = [
      ...[known, fresh, conflict, fresh, runEvent(other), { ...runEvent(tenantId), type: null }, 42],
      runEvent(tenantId, { status: 'unheard of' }),
    ];
    const read = () =>
      Promise.all(
        [tenantId, other].map((id) =>
          service.client
            .as(id)
            .data(
              '{ eventLog { headPosition } automationRuns { totalCount } quarantinedEvents { totalCount } }',
            ),
        ),
      );
    const before = await read();
    for (let round = 0; round < 2; round += 1) {
      const { ingestEvents } = await service.client.data(PREVIEW, { events, dryRun: true });
      expect(ingestEvents).toMatchObject({
        stored: 3,
        duplicates: 2,
        conflicts: 1,
        quarantined: 1,
        rejected: 1,
      });
      const { receipts } = ingestEvents;
      expect(receipts.map(({ outcome }: { outcome: string }) => outcome)).toEqual([
        ...['DUPLICATE', 'STORED', 'CONFLICT', 'DUPLICATE', 'STORED', 'QUARANTINED', 'REJECTED', 'STORED'],
      ]);
      for (const receipt of receipts) {
        expect(receipt).toMatchObject({ position: null, event: null, quarantinedEventId: null });
      }
      expect(receipts[7].warnings).toEqual([{ code: 'UNKNOWN_ENUM_VALUE' }]);
    }
    expect(await read()).toEqual(before);
    const { ingestEvents: stored } = await service.client.data(PREVIEW, { events, dryRun: null });
    expect(stored).toMatchObject({ stored: 3, duplicates: 2, conflicts: 1, quarantined: 1, rejected: 1 });
  });

  test('refuses the batches that would be refused', async () => {
    const codes = await Promise.all(
      [[], Array.from({ length: 1_001 }, () => ({}))].map(async (events) => {
        const { errors } = await service.client.request(PREVIEW, { events, dryRun: true });
        return errors?.[0].extensions.code;
      }),
    );
    expect(codes).toEqual(['BAD_USER_INPUT', 'BATCH_TOO_LARGE']);
  });
});
