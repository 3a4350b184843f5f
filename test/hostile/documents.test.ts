import { parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { REFUSALS } from '../../src/domain/refusal.ts';
import { WireClient } from '../support/clients/wire-client.ts';
import { runEvent } from '../support/events/events.ts';
import { SECRET, toToken } from '../support/identity/tokens.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { listHostileOperations } from './hostile-documents.ts';

/** The most time for an operation, on a machine on which `calibrate` takes CALIBRATION_MS. */
const MOST_MS = 100;
const CALIBRATION_MS = 12;
/** The client, its JSON included, runs in the process that is measured. */
const TOLERANCE = 2;
const ATTEMPTS = 3;

const OPERATIONS = listHostileOperations();

/** Returns how much slower this machine is now: the CPU time of a fixed amount of similar work. */
function calibrate(): number {
  const fields = Array.from({ length: 500 }, (_, index) => `a${index}: viewer { tenantId }`).join(' ');
  const usage = process.cpuUsage();
  for (let count = 0; count < 10; count += 1) JSON.stringify(parse(`{ ${fields} }`, { noLocation: true }));
  return Math.max(1, toMs(process.cpuUsage(usage)) / CALIBRATION_MS);
}

const toMs = ({ user, system }: NodeJS.CpuUsage) => (user + system) / 1_000;

describe('A hostile document', () => {
  let service: TestService;
  let client: WireClient;
  beforeAll(async () => {
    service = await startTestService('postgres', { AUTH_JWT_SECRET: SECRET });
    await service.client.with(await toToken()).ingest(runEvent('one'));
    const token = await toToken({ scope: 'events:read' });
    client = new WireClient({ url: service.url, token });
    for (const way of ['HTTP', 'WebSocket'] as const) await client.ask(way, '{ viewer { tenantId } }');
    calibrate();
  });
  afterAll(async () => {
    await client.close();
    await service.close();
  });

  /** Every call has another document, because the service caches those it knows. */
  const toUnique = (query: string, unique: string) => `${query} #${unique}`;

  const cases = OPERATIONS.flatMap((operation) =>
    (['HTTP', 'WebSocket'] as const).map((way) => [operation.name, way, operation] as const),
  );

  test.each(cases)(
    'with %s is answered over %s with a code, within 100 ms of CPU',
    async (_name, way, operation) => {
      const { variables } = operation;
      let leastMs = Number.POSITIVE_INFINITY;
      for (let attempt = 0; attempt < ATTEMPTS && leastMs > MOST_MS; attempt += 1) {
        const query = toUnique(operation.query, `${way} ${attempt}`);
        const usage = process.cpuUsage();
        const { head, body } = await client.ask(way, query, variables);
        leastMs = Math.min(leastMs, toMs(process.cpuUsage(usage)));
        if (way === 'HTTP') expect(Number(head.slice(0, 3))).toBeLessThan(500);
        for (const { extensions } of JSON.parse(body).errors ?? []) {
          expect(Object.keys(REFUSALS)).toContain(extensions.code);
          expect(extensions.code).not.toBe('INTERNAL_SERVER_ERROR');
        }
        // An answer that is larger than its request would make the service an amplifier.
        expect(body.length).toBeLessThan(20_000 + 2 * query.length + JSON.stringify(variables ?? {}).length);
      }
      // A slow machine gets more time. A time that is short on any machine needs no calibration.
      const slowness = leastMs < MOST_MS ? 1 : calibrate();
      expect(leastMs).toBeLessThan(MOST_MS * slowness * TOLERANCE);
    },
  );

  test('keeps no other request waiting for long', async () => {
    const slowness = calibrate();
    const waits: number[] = [];
    let isDone = false;
    const read = async () => {
      while (!isDone) {
        const startedAt = performance.now();
        await client.ask('HTTP', '{ viewer { tenantId } }');
        waits.push(performance.now() - startedAt);
      }
    };
    const reader = read();
    for (const { query, variables } of OPERATIONS) {
      await client.ask('WebSocket', toUnique(query, 'beside others'), variables);
    }
    isDone = true;
    await reader;
    const median = waits.toSorted((a, b) => a - b)[Math.floor(waits.length / 2)];
    expect(median).toBeLessThan(MOST_MS * slowness * TOLERANCE);
  });

  test('is no fault of the service', () => {
    expect(service.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  });
});
