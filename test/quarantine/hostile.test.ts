import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { describeOnEachDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { DISCARD, listQuarantined, RETRY } from '../support/events/quarantine.ts';
import { toDose } from '../support/run/dose.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const EXPECTED_CODES = ['BAD_USER_INPUT', 'BAD_CURSOR', 'BATCH_TOO_LARGE'];
const TENANT = 'hostile';

const toOpaque = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');

describeOnEachDatabase('hostile arguments of quarantine', (kind) => {
  let service: TestService;
  let client: GraphqlClient;
  beforeAll(async () => {
    service = await startTestService(kind, { MAX_BATCH: '20' });
    client = service.client.as(TENANT);
    const event = runEvent(TENANT);
    await service.client.ingest(event, { ...event, data: { more: 1 } }, { ...event, id: '' }, { of: TENANT });
  });
  afterAll(() => service.close());

  const value = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(
      '',
      '\u0000',
      '\ud800',
      'x'.repeat(20_000),
      -1,
      0,
      0.5,
      2 ** 31,
      2 ** 53,
      TENANT,
      'other',
    ),
    fc.constantFrom('2026-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z', '0001-01-01T00:00:00.000Z'),
    fc.constantFrom('infinity', '-infinity', 'now', '2026-02-30T00:00:00.000Z'),
  );
  const id = fc.oneof(
    value,
    fc
      .tuple(fc.constantFrom('', TENANT, 'other'), value)
      .map(([owner, key]) => toOpaque('QuarantinedEvent', owner, key)),
    fc.array(value, { maxLength: 4 }).map((parts) => toOpaque('QuarantinedEvent', ...parts)),
  );
  const cursor = fc.oneof(
    value,
    fc
      .array(value, { minLength: 3, maxLength: 5 })
      .map((values) => toOpaque('Query.quarantinedEvents', 'RECEIVED_AT ASC', ...values)),
    fc
      .tuple(
        fc.constant('2026-01-01T00:00:00.000Z'),
        fc.constantFrom(0, 1, 2 ** 31 - 1, 2 ** 31),
        value,
        value,
      )
      .map((values) => toOpaque('Query.quarantinedEvents', 'RECEIVED_AT ASC', ...values)),
  );
  const input = fc.record(
    { ids: fc.oneof(id, fc.array(id, { maxLength: 25 })), after: cursor, clientMutationId: value },
    { requiredKeys: [] },
  );

  async function expectAnswer(query: string, variables: Record<string, unknown>): Promise<void> {
    const { status, errors } = await client.request(query, variables);
    expect(status).toBeLessThan(500);
    for (const { extensions } of errors ?? []) expect(EXPECTED_CODES).toContain(extensions.code);
  }

  test('are answered, and what is in quarantine stays there', async () => {
    const before = await listQuarantined(client);
    expect(before.totalCount).toBe(3);
    const LIST = `query ($first: Int, $after: String) {
      quarantinedEvents(first: $first, after: $after) { totalCount nodes { id raw } } }`;
    await fc.assert(
      fc.asyncProperty(input, value, async (made, first) => {
        await expectAnswer(RETRY, { input: made });
        const { after, ...others } = made;
        await expectAnswer(DISCARD, { input: others });
        await expectAnswer(LIST, { first: 5, after });
        await expectAnswer(LIST, { first, after: undefined });
      }),
      { numRuns: toDose({ short: 20, full: 60 }) },
    );
    expect(await listQuarantined(client)).toEqual(before);
  });

  test('none of it counts as a fault of the service', () => {
    expect(service.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  });
});
