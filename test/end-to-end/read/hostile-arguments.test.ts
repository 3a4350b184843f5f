import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GraphqlClient } from '../../support/clients/graphql-client.ts';
import { describeOnEachDatabase } from '../../support/databases/databases.ts';
import { EXAMPLES, readExample } from '../../support/events/events.ts';
import { toDose } from '../../support/run/dose.ts';
import { startTestService, type TestService } from '../../support/services/service.ts';

/** What the service may answer with; anything else would be a fault. */
const EXPECTED_CODES = [
  'BAD_USER_INPUT',
  'BAD_CURSOR',
  'GRAPHQL_VALIDATION_FAILED',
  'GRAPHQL_PARSE_FAILED',
  'BATCH_TOO_LARGE',
];

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom(
    '',
    '\u0000',
    'a\u0000b',
    '\ud800',
    '\udfff\ud800',
    'x'.repeat(10_000),
    '\u{1f600}'.repeat(128),
    "'; drop table events; --",
    '%',
    '\\',
    '$1',
    'id123',
  ),
);
const number = fc.constantFrom(
  0,
  -0,
  -1,
  1,
  100,
  101,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31),
  2 ** 53,
  1e21,
  1.5,
  Number.MAX_VALUE,
);
const argument = fc.oneof(
  { weight: 3, arbitrary: text },
  { weight: 2, arbitrary: number },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
);

/** Fields with every argument of theirs as a variable. */
const FIELDS: [variables: string, field: string][] = [
  ['$a: ID!', 'node(id: $a) { id }'],
  ['$a: [ID!]!', 'nodes(ids: $a) { id }'],
  ['$a: ID!', 'automationRun(runId: $a) { title }'],
  ['$a: ID!', 'automation(automationId: $a) { name }'],
  ['$a: ID!', 'app(appId: $a) { name }'],
  ['$a: String!, $b: ID!, $c: EventType', 'event(source: $a, eventId: $b, type: $c) { position }'],
  ['$a: Int, $b: String', 'events(first: $a, after: $b) { totalCount nodes { raw } }'],
  ['$a: Int, $b: String', 'events(last: $a, before: $b) { nodes { raw } }'],
  ['$a: Int, $b: String, $c: Boolean', 'apps(first: $a, after: $b, includeDeleted: $c) { nodes { name } }'],
  ['$a: Int, $b: String', 'app(appId: "id123") { events(first: $a, after: $b) { nodes { position } } }'],
];

describeOnEachDatabase('hostile arguments', (kind) => {
  let service: TestService;
  let client: GraphqlClient;
  beforeAll(async () => {
    service = await startTestService(kind);
    await service.client.ingest(...EXAMPLES.map(readExample));
    client = service.client.as('id123');
  });
  afterAll(() => service.close());

  async function expectAnswer(query: string, variables?: Record<string, unknown>): Promise<void> {
    const { status, errors } = await client.request(query, variables);
    expect(status).toBeLessThan(500);
    for (const { extensions } of errors ?? []) expect(EXPECTED_CODES).toContain(extensions.code);
  }

  test('as variables they are answered', async () => {
    const cases = fc.tuple(fc.constantFrom(...FIELDS), fc.record({ a: argument, b: argument, c: argument }));
    await fc.assert(
      fc.asyncProperty(cases, async ([[declared, field], values]) => {
        const names = (['a', 'b', 'c'] as const).filter((name) => declared.includes(`$${name}:`));
        const variables = Object.fromEntries(names.map((name) => [name, values[name]]));
        await expectAnswer(`query (${declared}) { ${field} }`, variables);
      }),
      { numRuns: toDose({ short: 50, full: 150 }) },
    );
  });

  test('as literals they are answered', async () => {
    const fields = [
      'node(id: @) { id }',
      'app(appId: @) { name }',
      'events(first: @) { totalCount }',
      'events(after: @) { nodes { raw } }',
      'nodes(ids: [@]) { id }',
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...fields), argument, async (field, value) => {
        await expectAnswer(`{ ${field.replace('@', () => JSON.stringify(value))} }`);
      }),
      { numRuns: toDose({ short: 30, full: 80 }) },
    );
  });

  test('as the whole document they are answered', async () => {
    const documents = fc.oneof(text, fc.stringMatching(/^[{}()[\]:$@!.,"a-z0-9 ]{0,60}$/));
    await fc.assert(
      fc.asyncProperty(documents, async (query) => {
        const { status, errors } = await client.request(query);
        expect(status).toBeLessThan(500);
        for (const { extensions } of errors ?? [])
          expect([...EXPECTED_CODES, 'BAD_REQUEST', 'OPERATION_RESOLUTION_FAILURE']).toContain(
            extensions.code,
          );
      }),
      { numRuns: toDose({ short: 30, full: 80 }) },
    );
  });

  test('as the input of ingest they are answered', async () => {
    const input = fc.oneof(
      argument,
      fc.record({ events: argument }),
      fc.record({ events: fc.array(argument, { maxLength: 3 }), clientMutationId: argument }),
    );
    await fc.assert(
      fc.asyncProperty(input, async (value) => {
        await expectAnswer(
          'mutation ($input: IngestEventsInput!) { ingestEvents(input: $input) { stored clientMutationId } }',
          { input: value },
        );
      }),
      { numRuns: toDose({ short: 30, full: 80 }) },
    );
  });

  test('none of it counts as a fault of the service', () => {
    expect(service.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  });
});
