import { createHash } from 'node:crypto';
import { validate } from 'graphql';
import { PROGRAM_DOCUMENTS } from 'qlik-event-graph-ingest/documents';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDocument } from '../../src/execution/document-limits.ts';
import { schema } from '../../src/graphql/schema.ts';
import { askOver, codesOf, WAYS_TO_ASK } from '../support/clients/ask-over.ts';
import { runEvent } from '../support/events/events.ts';
import { newTenant } from '../support/events/tenants.ts';
import { startBackfill, startIngest, TestFolder } from '../support/processes/command-process.ts';
import { History, listDaysUntilNow } from '../support/qlik/history.ts';
import { toNamedLists } from '../support/qlik/named-things.ts';
import { SimulatedTenant } from '../support/qlik/simulated-tenant.ts';
import { deliver, newSpoolDirectory, RelayProcess, untilSent } from '../support/relay/test-relay.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const HEAD = 'query Head { eventLog { headPosition } }';
const COVERAGE = `query Days($from: Date!, $to: Date!) { coverage(from: $from, to: $to) { isComplete } }`;

describe('a service with PERSISTED_ONLY=true, whose file lacks the documents of its own programs', () => {
  let service: TestService;
  const folder = new TestFolder();
  const days = listDaysUntilNow(3);
  const tenantId = newTenant();

  beforeAll(async () => {
    const file = Object.fromEntries([HEAD, COVERAGE].map((text) => [toHash(text), text]));
    service = await startTestService('postgres', {
      PERSISTED_OPERATIONS: folder.write('operations.json', JSON.stringify(file)),
      PERSISTED_ONLY: 'true',
    });
  });
  afterAll(async () => {
    await service.close();
    folder[Symbol.dispose]();
  });

  const client = () => service.client.as(tenantId);
  const readHead = async (): Promise<number> => (await client().data(HEAD)).eventLog.headPosition;
  const readLabels = async () => {
    const text = await (await fetch(`${service.url}/metrics`)).text();
    const found = [...text.matchAll(/^qeg_operation_seconds_count\{operation="([^"]*)"/gm)];
    return new Set(found.map(([, name]) => name));
  };

  test('stores what the relay receives', async () => {
    const before = await readHead();
    const relay = await new RelayProcess(newSpoolDirectory(), { API_URL: service.url }).ready();
    expect((await deliver(relay.url, runEvent(tenantId))).status).toBe(204);
    await untilSent(relay.url);
    expect(await readHead()).toBe(before + 1);
    expect(await relay.stop()).toBe(0);
  });

  test('stores what npm run ingest sends', async () => {
    const before = await readHead();
    await using command = startIngest(service.url, [], { input: JSON.stringify(runEvent(tenantId)) });
    expect(await command.result()).toMatchObject({ status: 0, stderr: '' });
    expect(await readHead()).toBe(before + 1);
  });

  test('stores events, coverage and names of a backfill, and answers its --dry-run', async () => {
    const before = await readHead();
    // The last day has no event, and the users and spaces name no tenant.
    const history = new History({ tenantId, seed: 5, days: days.slice(0, 2), modelled: 20 });
    const named = toNamedLists(history);
    for (const item of Object.values(named).flat()) delete item.tenantId;
    await using tenant = await SimulatedTenant.start({ history, named, apiKey: 'api-key' });
    const urls = { tenant: tenant.url, service: service.url };
    const run = async (...args: string[]) => {
      await using command = startBackfill(urls, folder.path, args);
      const result = await command.result();
      expect(result).toMatchObject({ status: 0, stderr: '' });
      return result.stdout;
    };
    expect(await run('--from', days[0] ?? '', '--dry-run')).toContain('the server lacks the 20 events');
    expect(await readHead()).toBe(before);
    expect(await run('--from', days[0] ?? '')).toContain('coverage: 3 of 3 days complete');
    expect(await readHead()).toBe(before + 20);
    const { coverage } = await client().data(COVERAGE, { from: days[0], to: days[2] });
    expect(coverage).toEqual(Array(3).fill({ isComplete: true }));
    // Names alone: the service says which tenant they are of.
    expect(await run('--names')).toMatch(/^names: .*; 0 changed\n$/);
  });

  test('takes the documents of its programs on every transport, and refuses others that look alike', async () => {
    const viewer = PROGRAM_DOCUMENTS.find((text) => text.includes('viewer')) ?? '';
    for (const way of WAYS_TO_ASK) {
      expect(codesOf(await askOver(way, service.url, { query: viewer }, { tenantId })), way).toEqual([]);
      const foreign = [
        '{ viewer { tenantId } }',
        `${viewer} `,
        viewer.replace('tenantId', 'tenantId scopes'),
      ];
      for (const query of foreign) {
        const answer = await askOver(way, service.url, { query }, { tenantId });
        expect([way, query, codesOf(answer)]).toEqual([way, query, ['PERSISTED_ONLY']]);
      }
    }
  });

  test('names them in the metrics, and nothing else', async () => {
    const names = PROGRAM_DOCUMENTS.map((text) => /^(?:query|mutation) (\w+)/.exec(text)?.[1]);
    expect(await readLabels()).toEqual(new Set([...names, 'Head', 'Days']));
  });
});

test('the documents of the programs are valid, within the limits, and named differently', () => {
  expect(PROGRAM_DOCUMENTS.flatMap((text) => validate(schema, parseDocument(text)))).toEqual([]);
  const names = PROGRAM_DOCUMENTS.map((text) => /^(?:query|mutation) (\w+)/.exec(text)?.[1]);
  expect(new Set(names).size).toBe(names.length);
  expect(names).not.toContain(undefined);
});

function toHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
