import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GraphqlClient } from '../support/clients/graphql-client.ts';
import { describeOnEachDatabase, runsAlone } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { toDose } from '../support/run/dose.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { toReadingEvents } from './oracle/data.ts';
import { APPS, AUTOMATIONS, BLOCKS, EVENTS, RELOADS, RUNS, type Subject } from './oracle/subjects.ts';

interface GraphqlAnswer {
  errors: { message: string; extensions: { code: string } }[];
}

const nested = (depth: number, innermost: unknown): unknown =>
  depth === 0 ? innermost : { not: nested(depth - 1, innermost) };
const repeat = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const title = { title: { eq: 'a' } };

/** Filters that are refused, and the place that the message names. */
const REFUSED: [what: string, where: unknown, place: string][] = [
  ['a null for a field', { title: null }, 'where.title'],
  ['a null for an operator', { title: { eq: null } }, 'where.title.eq'],
  ['a null for isNull', { billable: { isNull: null } }, 'where.billable.isNull'],
  ['a null for a list', { runId: { in: null } }, 'where.runId.in'],
  ['a null in a list', { runId: { in: ['a', null] } }, 'where.runId.in[1]'],
  ['a null for and', { and: null }, 'where.and'],
  ['a null in and', { and: [{}, null] }, 'where.and[1]'],
  ['a null for or', { or: null }, 'where.or'],
  ['a null for not', { not: null }, 'where.not'],
  ['a null for someBlock', { someBlock: null }, 'where.someBlock'],
  [
    'a null far inside',
    { or: [title, { someBlock: { run: { title: { in: null } } } }] },
    'where.or[1].someBlock.run.title.in',
  ],
  ['nine levels', nested(8, title), `where${'.not'.repeat(8)}`],
  ['nine levels with nothing in them', nested(8, {}), `where${'.not'.repeat(8)}`],
  ['501 conditions', { or: repeat(501, title) }, 'where.or[500].title.eq'],
  ['a list of 201', { and: [{ runId: { in: repeat(201, 'a') } }] }, 'where.and[0].runId.in'],
  ['a list of 201 words', { status: { notIn: repeat(201, 'FAILED') } }, 'where.status.notIn'],
  ['an unknown word', { status: { eq: 'DONE' } }, 'where.status.eq'],
  ['an unknown field', { nothing: {} }, 'where'],
  ['a fraction', { durationMs: { gt: 0.5 } }, 'where.durationMs.gt'],
  ['a number beyond 2^53', { durationMs: { gt: 2 ** 53 } }, 'where.durationMs.gt'],
  ['a time without an offset', { startTime: { gt: '2025-01-01T00:00:00' } }, 'where.startTime.gt'],
  ['a day', { startTime: { gt: '2025-01-01' } }, 'where.startTime.gt'],
];

const CONNECTIONS: Record<string, Subject> = {
  automationRuns: RUNS,
  blocks: BLOCKS,
  automations: AUTOMATIONS,
  apps: APPS,
  appReloads: RELOADS,
  events: EVENTS,
};
const OPERATORS = ['eq', 'in', 'notIn', 'contains', 'startsWith', 'isNull', 'gt', 'gte', 'lt', 'lte'];
const operand = fc.oneof(
  fc.constantFrom<unknown>(
    '\u0000',
    '\ud800',
    'a'.repeat(10_000),
    '',
    '%',
    -0,
    1e300,
    2 ** 53 - 1,
    true,
    null,
    [],
    {},
  ),
  fc.constantFrom<unknown>(
    '0001-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
    '0000-01-01T00:00:00Z',
    '2025-01-01T00:00:00+23:59',
  ),
  fc.constantFrom<unknown>(['\u0000'], ['\udc00', 'a'], ['FAILED'], 'FAILED', 'OTHER', ['UNKNOWN']),
  fc.jsonValue({ maxDepth: 2 }),
);

/** Anything that looks somewhat like a filter of the subject. */
function hostileOf(subject: Subject, depth: number): fc.Arbitrary<unknown> {
  const operators = fc.dictionary(fc.constantFrom(...OPERATORS), operand, { maxKeys: 2 });
  const flat = fc.dictionary(fc.constantFrom(...Object.keys(subject.fields)), operators, { maxKeys: 2 });
  if (depth === 0) return fc.oneof({ weight: 6, arbitrary: flat }, { weight: 1, arbitrary: operand });
  const deeper = hostileOf(subject, depth - 1);
  const { relation } = subject;
  return fc.oneof(
    flat,
    fc.array(deeper, { maxLength: 3 }).map((and) => ({ and })),
    fc.array(deeper, { maxLength: 3 }).map((or) => ({ or })),
    deeper.map((not) => ({ not })),
    relation === undefined
      ? flat
      : hostileOf(relation.subject(), depth - 1).map((filter) => ({ [relation.name]: filter })),
  );
}

describeOnEachDatabase('filters that are refused', (kind) => {
  let service: TestService;
  let client: GraphqlClient;
  beforeAll(async () => {
    service = await startTestService(kind);
    client = service.client.as('tenant');
    await service.client.ingest(
      runEvent('tenant', { title: 'a\ufffdb', blocks: [{ blockName: '\ufffd' }] }),
      runEvent('tenant', {}),
    );
  });
  afterAll(() => service.close());

  const list = (where: unknown) =>
    client.request(
      'query ($where: AutomationRunFilter) { automationRuns(where: $where) { totalCount nodes { runId } } }',
      { where },
    );
  const count = async (where: unknown) => {
    const { data, errors } = await list(where);
    expect(errors).toBeUndefined();
    return data.automationRuns.totalCount;
  };
  /** Counts the runs of several filters with one request. */
  const countEach = async (wheres: readonly unknown[]): Promise<number[]> => {
    const declared = wheres.map((_, n) => `$w${n}: AutomationRunFilter`);
    const fields = wheres.map((_, n) => `c${n}: automationRuns(where: $w${n}) { totalCount }`);
    const variables = Object.fromEntries(wheres.map((where, n) => [`w${n}`, where]));
    const data = await client.data(`query (${declared.join(', ')}) { ${fields.join('\n')} }`, variables);
    return wheres.map((_, n) => data[`c${n}`].totalCount);
  };

  test('what is just within the limits is answered', async () => {
    expect(await count(nested(7, title))).toBe(2);
    expect(await count({ or: repeat(500, title) })).toBe(0);
    expect(await count({ runId: { in: repeat(200, 'a') } })).toBe(0);
  });

  test('no filter and an empty one are no condition', async () => {
    for (const where of [null, undefined, {}, { and: [] }, { and: [{}] }, { or: [{}] }]) {
      expect(await count(where)).toBe(2);
    }
    for (const where of [{ or: [] }, { not: {} }, { runId: { in: [] } }, { status: { in: [] } }]) {
      expect(await count(where)).toBe(0);
    }
    expect(await count({ status: { notIn: [] } })).toBe(2);
  });

  test('texts that no database holds match nothing, and their opposite everything', async () => {
    for (const text of ['\u0000', 'a\u0000', '\ud800', '\udc00b', 'a\ud83d']) {
      const operators = ['eq', 'contains', 'startsWith'].map((name) => ({ title: { [name]: text } }));
      const conditions = [...operators, { runId: { eq: text } }];
      const lists = ['title', 'runId'].map((field) => ({ [field]: { in: [text, text] } }));
      const opposites = conditions.map((not) => ({ not }));
      expect(await countEach([...conditions, ...lists])).toEqual([0, 0, 0, 0, 0, 0]);
      expect(await countEach(opposites)).toEqual([2, 2, 2, 2]);
      expect(await count({ title: { in: [text, 'a\ufffdb'] } })).toBe(1);
    }
  });

  test('relations within relations, and hundreds of them, are answered in time', async () => {
    await service.client.ingest(...toReadingEvents('related'));
    const related = (where: unknown) =>
      service.client
        .as('related')
        .data('query ($where: AutomationRunFilter) { automationRuns(where: $where) { totalCount } }', {
          where,
        });
    const leaf = { txBytes: { eq: 3 } };
    const deep = (levels: number): unknown =>
      levels === 0 ? leaf : { run: { someBlock: deep(levels - 1) } };
    const some = { someBlock: { txBytes: { gt: -1 } } };
    for (const where of [{ someBlock: deep(1) }, { someBlock: deep(3) }, { and: repeat(300, some) }]) {
      const startedAt = performance.now();
      await related(where);
      expect(performance.now() - startedAt).toBeLessThan(20_000);
    }
  });

  test('no filter makes the service fail', async () => {
    for (const [connection, subject] of Object.entries(CONNECTIONS)) {
      await fc.assert(
        fc.asyncProperty(hostileOf(subject, 3), async (where) => {
          const { errors = [] } = await client.request(
            `query ($where: ${subject.filterType}) { ${connection}(where: $where) { totalCount nodes { id } } }`,
            { where },
          );
          for (const error of errors) expect(error.extensions.code).toBe('BAD_USER_INPUT');
        }),
        { numRuns: toDose({ short: 8, full: 40 }) },
      );
    }
  });

  // These filters are refused before any statement, so one database is enough.
  if (runsAlone(kind)) {
    test('the refusal of a filter names its place', async () => {
      for (const [what, where, place] of REFUSED) {
        const { data, errors } = await list(where);
        expect({ what, data: data?.automationRuns ?? null }).toEqual({ what, data: null });
        expect({ what, codes: errors?.map((error) => error.extensions.code) }).toEqual({
          what,
          codes: ['BAD_USER_INPUT'],
        });
        expect(errors?.[0].message).toContain(place);
      }
    });

    test('a subscription and statistics refuse the same filters', async () => {
      const where = { not: { someBlock: { blockName: { in: null } } } };
      const { errors } = await client.request(
        'query ($where: AutomationRunFilter) { automationRunStats(where: $where) { count } }',
        { where },
      );
      expect(errors?.[0].extensions.code).toBe('BAD_USER_INPUT');
      const subscription = client.subscribe(
        'subscription ($where: AutomationRunFilter) { automationRunEnded(where: $where) { cursor } }',
        { where },
      );
      await subscription.until(({ error, received }) => error !== undefined || received.length > 0);
      expect(JSON.stringify([subscription.error, subscription.received])).toContain('BAD_USER_INPUT');
      await subscription.close();
    });

    test('very long filters without conditions are refused, too', async () => {
      for (const filler of [{}, { title: {} }, { and: [] }, { or: [] }]) {
        const { errors } = await list({ or: repeat(20_000, filler) });
        expect(errors?.map((error) => error.extensions.code)).toEqual(['BAD_USER_INPUT']);
      }
    });

    test('filters thousands of levels deep are refused, whatever stands at the end', async () => {
      for (const depth of [5_000, 100_000]) {
        for (const [open, close] of [
          ['{"not":', '}'],
          ['{"and":[', ']}'],
          ['{"someBlock":{"run":', '}}'],
          ['[', ']'],
        ] as const) {
          const where = `${open.repeat(depth)}{}${close.repeat(depth)}`;
          const query =
            'query ($where: AutomationRunFilter) { automationRuns(where: $where) { totalCount } }';
          const response = await fetch(`${service.url}/graphql`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'x-tenant-id': 'tenant' },
            body: `{"query": ${JSON.stringify(query)}, "variables": {"where": ${where}}}`,
          });
          const { errors } = (await response.json()) as GraphqlAnswer;
          expect(errors.map((error) => error.extensions.code)).toEqual(['BAD_USER_INPUT']);
          expect(errors[0]?.message).toContain('$where');
        }
      }
      for (const operation of ['query', 'subscription']) {
        const field =
          operation === 'query'
            ? 'automationRuns(where: $w) { totalCount }'
            : 'automationRunEnded(where: $w) { cursor }';
        // Deeper ones this client could not write.
        const asked = client.subscribe(`${operation} ($w: AutomationRunFilter) { ${field} }`, {
          w: nested(3_000, {}),
        });
        await asked.until(({ error, received }) => error !== undefined || received.length > 0);
        expect(JSON.stringify([asked.error, asked.received])).toContain('deeper than');
        await asked.close();
      }
    });

    test('the refusal of a wrong literal names its place, as that of a wrong variable does', async () => {
      for (const [where, found, column] of [
        ['startTime: { gt: "2025" }', '"2025"', 44],
        ['or: [{ durationMs: { eq: 0.5 } }]', '0.5', 52],
        ['durationMs: { eq: 99999999999999999999 }', '99999999999999999999', 45],
        ['durationMs: { eq: "1" }', '"1"', 45],
      ] as const) {
        const { errors } = await client.request(`{ automationRuns(where: { ${where} }) { totalCount } }`);
        expect(errors).toHaveLength(1);
        expect(errors?.[0].extensions.code).toBe('BAD_USER_INPUT');
        expect(errors?.[0].message).toContain(`found ${found}`);
        expect(errors?.[0].locations).toEqual([{ line: 1, column }]);
      }
    });
  }
});
