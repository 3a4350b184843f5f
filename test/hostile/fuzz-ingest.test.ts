import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EVERYTHING } from '../support/clients/selections.ts';
import { describeOnEachDatabase } from '../support/databases/databases.ts';
import { BRAVO, toCanaryEvents, toCanaryItems } from '../support/events/canaries.ts';
import { appEvent, EXAMPLES, readExample, runEvent } from '../support/events/events.ts';
import { changed } from '../support/fuzz/json-text.ts';
import { toDose } from '../support/run/dose.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

/** Hostile events of both databases together: 500, and 10,000 in `npm run test:faults`. */
const CASES = toDose({ short: 250, full: 5_000 });
const PER_BATCH = 10;

/** The codes that a receipt may have (README, "Receipt codes"). */
const CODES = [
  ...['NOT_AN_OBJECT', 'TOO_LARGE', 'TOO_DEEP', 'MISSING_ID', 'INVALID_ID', 'MISSING_TYPE', 'MISSING_TENANT'],
  ...['FORBIDDEN_TENANT', 'ID_CONFLICT', 'DELIVERY_RECORD', 'UNREADABLE_VALUE', 'UNKNOWN_ENUM_VALUE'],
  ...[
    'MISSING_DATA',
    'MISSING_SOURCE',
    'MISSING_TIME',
    'UNBELIEVABLE_TIME',
    'NO_TIME_ZONE',
    'RESOURCE_MISMATCH',
  ],
];
const QUERY = `mutation ($events: [JSON!]!) { ingestEvents(input: { events: $events }) {
  stored duplicates conflicts quarantined rejected
  receipts { outcome position errors { code } warnings { code } event { raw warnings { code } } } } }`;

const TENANT = 'tenant-fuzz';
const examples = [...[...toCanaryEvents(BRAVO), ...toCanaryItems(BRAVO)], ...EXAMPLES.map(readExample)].map(
  (event) => JSON.parse(JSON.stringify(event).replaceAll(BRAVO.tenantId, TENANT)),
);

interface Receipt {
  outcome: string;
  errors: { code: string }[];
  warnings: { code: string }[];
  event: { raw: unknown } | null;
}

describeOnEachDatabase('events with a broken structure', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  /** Sends hostile JSON texts with a healthy event after each. Returns the healthy ones. */
  async function send(texts: readonly string[]): Promise<object[]> {
    const healthy = texts.map((_text, index) =>
      index % 2 === 0
        ? runEvent(TENANT, { title: 'healthy', blocks: [{ type: 'endpointBlock' }] })
        : appEvent(TENANT, 'app.created', { attributes: { id: `app-${index}`, name: 'healthy' } }),
    );
    const items = texts.flatMap((text, index) => [text, JSON.stringify(healthy[index])]);
    const response = await fetch(`${service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"query":${JSON.stringify(QUERY)},"variables":{"events":[${items.join()}]}}`,
    });
    const { data, errors } = (await response.json()) as {
      data: { ingestEvents: { receipts: Receipt[] } };
      errors?: unknown;
    };
    expect({ status: response.status, errors }).toEqual({ status: 200, errors: undefined });
    const { receipts, ...counts } = data.ingestEvents;
    expect(receipts).toHaveLength(items.length);
    expect(Object.values(counts as Record<string, number>).reduce((a, b) => a + b)).toBe(items.length);
    for (const [index, event] of healthy.entries()) {
      const { outcome, errors: problems, event: stored } = receipts[2 * index + 1] as Receipt;
      expect({ outcome, problems, raw: stored?.raw }).toEqual({
        outcome: 'STORED',
        problems: [],
        raw: event,
      });
    }
    for (const { outcome, errors: problems, warnings } of receipts) {
      for (const { code } of [...problems, ...warnings]) expect(CODES).toContain(code);
      if (!['STORED', 'DUPLICATE'].includes(outcome)) expect(problems.length).toBeGreaterThan(0);
    }
    return healthy;
  }

  test('are answered one by one, and every healthy neighbour is stored', async () => {
    const batch = fc.array(
      changed(examples).filter((text) => text !== 'null'),
      { minLength: PER_BATCH, maxLength: PER_BATCH },
    );
    await fc.assert(
      fc.asyncProperty(batch, async (texts) => void (await send(texts))),
      {
        numRuns: CASES / PER_BATCH,
      },
    );
  }, 600_000);

  test('leave everything readable', async () => {
    const read = await service.client.as(TENANT).request(EVERYTHING);
    expect({ status: read.status, errors: read.errors }).toEqual({ status: 200, errors: undefined });
    expect(read.data.automationRuns.totalCount).toBeGreaterThan(CASES / 2 - 1);
  });

  test('count as no fault of the service', () => {
    expect(service.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  });
});
