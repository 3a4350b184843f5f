import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { REFUSALS } from '../../src/domain/refusal.ts';
import { schema } from '../../src/graphql/schema.ts';
import { WAYS } from '../support/clients/wire-client.ts';
import { describeOnEachDatabase } from '../support/databases/databases.ts';
import { type Odds, QueryTape } from '../support/fuzz/query-tape.ts';
import { toDose } from '../support/run/dose.ts';
import { type CanaryService, gather, openCanaryService } from '../support/schema-walk/open-canary-service.ts';

/** Operations on each database. */
const CASES = toDose({ short: 100, full: 5_000 });

const TEXTS = [
  ...[
    '',
    ' ',
    '\u0000',
    'a\u0000b',
    '\ud800',
    '\udc00\ud800',
    '\ufeff',
    '%',
    '\\',
    "'",
    '"',
    '$1',
    '_',
    'null',
  ],
  ...["'; drop table events; --", 'x'.repeat(300), 'x'.repeat(5_000), '\u{1f600}'.repeat(128), 'É', 'ı'],
  ...[
    '2026-01-01T00:00:00Z',
    '2026-01-01',
    '2026-02-30T00:00:00Z',
    '0000-01-01T00:00:00Z',
    'now',
    'infinity',
  ],
  ...['0001-01-01T00:00:00+23:59', '9999-12-31T23:59:59.999999999-23:59', '2026-06-30T23:59:60Z', '-1'],
  ...[
    'UTC',
    'Europe/Berlin',
    'Asia/Calcutta',
    'CET',
    'utc',
    'Etc/GMT+12',
    'Europe/Atlantis',
    '+01:00',
    'PST8PDT',
  ],
  ...['__proto__', 'constructor', 'toString', 'bG9nOjE6eA', 'W10', 'e30', 'AAAA', 'WyJBcHAiLCJ4Il0'],
];
const NUMBERS = [
  ...[0, -0, -1, 1, 100, 101, 1.5, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, 2 ** 53, -(2 ** 53)],
  ...[1e21, Number.MAX_VALUE, Number.MIN_VALUE],
];

describeOnEachDatabase('operations made from the schema', (kind) => {
  let canaries: CanaryService;
  let odds: Odds;
  beforeAll(async () => {
    canaries = await openCanaryService(kind);
    const { ids, allPageCursors, logCursors } = await gather(canaries, canaries.alphaToken);
    odds = { texts: [...TEXTS, ...ids, ...allPageCursors.slice(0, 60), ...logCursors], numbers: NUMBERS };
  });
  afterAll(() => canaries.close());

  test('are answered, each error with a code that is documented', async () => {
    const tapes = fc.array(fc.nat(5_039), { minLength: 1, maxLength: 150, size: 'max' });
    const outcomes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(tapes, fc.constantFrom(...WAYS), async (tape, way) => {
        const { query, variables } = new QueryTape(schema, odds, tape).toOperation();
        const { head, body } = await canaries.alpha.ask(way, query, variables);
        if (way !== 'WebSocket') expect(Number(head.slice(0, 3))).toBeLessThan(500);
        const { data, errors = [] } = JSON.parse(body);
        for (const { extensions } of errors) {
          expect(Object.keys(REFUSALS)).toContain(extensions.code);
          expect(extensions.code).not.toBe('INTERNAL_SERVER_ERROR');
        }
        const outcome = errors[0]?.extensions.code ?? (data === undefined ? 'nothing' : 'data');
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }),
      { numRuns: CASES },
    );
    // Most operations that are refused reach no resolver; enough of them have to.
    expect(outcomes.get('data') ?? 0).toBeGreaterThan(CASES / 10);
  }, 900_000);

  test('count as no fault of the service', () => {
    expect(canaries.service.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  });
});
