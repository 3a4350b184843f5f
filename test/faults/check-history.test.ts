import { describe, expect, test } from 'vitest';
import { findViolations, type History, type Operation } from '../support/clients/check-history.ts';

const operation = (change: Partial<Operation>): Operation => ({
  writer: 0,
  eventIds: ['a', 'b'],
  startedAt: 10,
  endedAt: 20,
  outcome: 'ok',
  receipts: [
    { eventId: 'a', outcome: 'STORED', position: 1 },
    { eventId: 'b', outcome: 'STORED', position: 2 },
  ],
  ...change,
});
const UNKNOWN = operation({ startedAt: 1, endedAt: 9, outcome: 'unknown', receipts: [] });
const LOG = [
  { position: 1, eventId: 'a' },
  { position: 2, eventId: 'b' },
];
const GOOD: History = {
  operations: [UNKNOWN, operation({})],
  heads: [
    { startedAt: 15, endedAt: 16, head: 0 },
    { startedAt: 21, endedAt: 22, head: 2 },
  ],
  followed: [LOG, LOG],
  log: LOG,
};

describe('the checker of histories', () => {
  test('finds nothing wrong with a history in which a lost answer was asked for again', () => {
    expect(findViolations(GOOD)).toEqual([]);
    const again = operation({
      receipts: [
        { eventId: 'a', outcome: 'DUPLICATE', position: 1 },
        { eventId: 'b', outcome: 'DUPLICATE', position: 2 },
      ],
    });
    expect(findViolations({ ...GOOD, operations: [UNKNOWN, again] })).toEqual([]);
  });

  const [a, b] = LOG as [(typeof LOG)[0], (typeof LOG)[0]];
  const receipt = { eventId: 'a', outcome: 'STORED', position: 1 };
  const late = { startedAt: 30, endedAt: 40, eventIds: ['a'] };
  const cases: [name: string, change: Partial<History>, found: RegExp][] = [
    ['an event that was acknowledged and is gone', { log: [a] }, /b is lost/],
    ['one that is stored twice', { log: [a, b, { position: 3, eventId: 'a' }] }, /a is stored twice/],
    ['a gap', { log: [a, { position: 3, eventId: 'b' }] }, /position 3 of the log stands at 2/],
    ['one that nobody sent', { log: [a, b, { position: 3, eventId: 'c' }] }, /never sent/],
    [
      'a receipt with a wrong position',
      { operations: [operation({}), operation({ ...late, receipts: [{ ...receipt, position: 2 }] })] },
      /a was STORED at 2, where it is not/,
    ],
    [
      'a second STORED',
      { operations: [operation({}), operation({ ...late, receipts: [receipt] })] },
      /a was STORED twice/,
    ],
    ['a receipt too few', { operations: [operation({ receipts: [receipt] })] }, /receipts a for a,b/],
    [
      'another outcome',
      {
        operations: [operation({}), operation({ ...late, receipts: [{ ...receipt, outcome: 'CONFLICT' }] })],
      },
      /a was CONFLICT/,
    ],
    [
      'a reader who misses what was told',
      { heads: [{ startedAt: 21, endedAt: 22, head: 1 }] },
      /later reader/,
    ],
    [
      'a later batch at an earlier position',
      {
        operations: [
          operation({ startedAt: 30, endedAt: 40, eventIds: ['a'], receipts: [receipt] }),
          operation({ eventIds: ['b'], receipts: [{ eventId: 'b', outcome: 'STORED', position: 2 }] }),
        ],
      },
      /later batch/,
    ],
    ['a subscriber who misses one', { followed: [LOG, [b]] }, /subscriber 1 got .* in place 1/],
    ['one who gets one twice', { followed: [[a, b, b]] }, /subscriber 0 got .* in place 3/],
    ['one who has not got everything', { followed: [[a]] }, /subscriber 0 got undefined in place 2/],
  ];
  test.each(cases)('finds %s', (_name, change, found) => {
    expect(findViolations({ ...GOOD, ...change }).join('\n')).toMatch(found);
  });
});
