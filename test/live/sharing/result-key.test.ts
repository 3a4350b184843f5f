import { type ExecutionArgs, parse } from 'graphql';
import { describe, expect, test } from 'vitest';
import { toResultKey } from '../../../src/execution/live/result-key.ts';
import type { GraphContext } from '../../../src/graphql/context.ts';

interface Ask {
  query: string;
  variables?: Record<string, unknown>;
  operationName?: string;
  scopes?: readonly string[];
}

const toKey = ({ query, variables, operationName, scopes = ['events:read'] }: Ask) =>
  toResultKey({
    document: parse(query),
    operationName,
    variableValues: variables,
    contextValue: { caller: { scopes } } as unknown as GraphContext,
  } as unknown as ExecutionArgs);

const RUN = 'cursor run { runId blocks(first: 2) { totalCount } }';
const PLAIN = { query: `subscription { automationRunEnded { ${RUN} } }` };
const SIZED = 'subscription ($n: Int) { automationRunEnded { run { blocks(first: $n) { totalCount } } } }';
const IN_FRAGMENT = `subscription ($n: Int, $a: String) { automationRunEnded(after: $a) { ...Run } }
  fragment Run on AutomationRunEnded { run { blocks(first: $n) { totalCount } } }`;
const TWO = `subscription A { automationRunEnded { cursor } } subscription B { automationRunEnded { cursor } }`;

describe('the key of what a subscription makes of its events', () => {
  const SAME: [name: string, one: Ask, other: Ask][] = [
    [
      'another cursor, as a literal',
      { query: `subscription { automationRunEnded(after: "a") { ${RUN} } }` },
      { query: `subscription { automationRunEnded(after: "b") { ${RUN} } }` },
    ],
    [
      'another filter, as a literal',
      { query: `subscription { automationRunEnded(where: { title: { eq: "a" } }) { ${RUN} } }` },
      { query: `subscription { automationRunEnded(where: { status: { eq: FAILED } }) { ${RUN} } }` },
    ],
    ['a filter or none', PLAIN, { query: `subscription { automationRunEnded(where: {}) { ${RUN} } }` }],
    [
      'other values of variables that choose events',
      {
        query: `subscription ($a: String, $w: AutomationRunFilter) { automationRunEnded(after: $a, where: $w) { ${RUN} } }`,
        variables: { a: 'a', w: { title: { eq: 'a' } } },
      },
      {
        query: `subscription ($a: String, $w: AutomationRunFilter) { automationRunEnded(after: $a, where: $w) { ${RUN} } }`,
        variables: { a: 'b' },
      },
    ],
    [
      'a variable that chooses events, and a literal',
      {
        query: `subscription ($a: String = "x") { automationRunEnded(after: $a) { ${RUN} } }`,
        variables: { a: 'a' },
      },
      PLAIN,
    ],
    [
      'a variable inside a filter',
      {
        query: `subscription ($t: String) { automationRunEnded(where: { title: { eq: $t } }) { ${RUN} } }`,
        variables: { t: 'a' },
      },
      {
        query: `subscription ($t: String) { automationRunEnded(where: { title: { eq: $t } }) { ${RUN} } }`,
        variables: { t: 'b' },
      },
    ],
    ['other white space', PLAIN, { query: `subscription{automationRunEnded{${RUN}}} # a comment` }],
    [
      'scopes in another order',
      { ...PLAIN, scopes: ['events:read', 'events:admin'] },
      { ...PLAIN, scopes: ['events:admin', 'events:read'] },
    ],
    [
      'variables beside the selection that a fragment has',
      { query: IN_FRAGMENT, variables: { n: 1, a: 'a' } },
      { query: IN_FRAGMENT, variables: { n: 1, a: 'b' } },
    ],
  ];
  test.each(SAME)('is the same with %s', (_name, one, other) => {
    expect(toKey(one)).toBe(toKey(other));
    expect(toKey(one), 'each time').toBe(toKey(one));
  });

  const DIFFERENT: [name: string, one: Ask, other: Ask][] = [
    ['another selection', PLAIN, { query: 'subscription { automationRunEnded { cursor } }' }],
    ['another field', PLAIN, { query: `subscription { eventStored { ${RUN} } }` }],
    ['an alias', PLAIN, { query: `subscription { ended: automationRunEnded { ${RUN} } }` }],
    ['other literals in the selection', PLAIN, { query: PLAIN.query.replace('first: 2', 'first: 3') }],
    [
      'other values in the selection',
      { query: SIZED, variables: { n: 1 } },
      { query: SIZED, variables: { n: 2 } },
    ],
    ['a value and none', { query: SIZED, variables: { n: 1 } }, { query: SIZED, variables: {} }],
    ['other defaults', { query: SIZED }, { query: SIZED.replace('Int', 'Int = 1') }],
    ['null and none', { query: SIZED, variables: { n: null } }, { query: SIZED, variables: {} }],
    [
      'other values in a fragment',
      { query: IN_FRAGMENT, variables: { n: 1 } },
      { query: IN_FRAGMENT, variables: { n: 2 } },
    ],
    [
      'another fragment of the same name',
      { query: IN_FRAGMENT, variables: { n: 1 } },
      { query: IN_FRAGMENT.replace('totalCount', 'nodes { ordinal }'), variables: { n: 1 } },
    ],
    [
      'values of a directive on the field',
      {
        query: 'subscription ($b: Boolean!) { eventStored @include(if: $b) { cursor } }',
        variables: { b: true },
      },
      {
        query: 'subscription ($b: Boolean!) { eventStored @include(if: $b) { cursor } }',
        variables: { b: false },
      },
    ],
    ['another scope', PLAIN, { ...PLAIN, scopes: ['events:admin'] }],
    ['one more scope', PLAIN, { ...PLAIN, scopes: ['events:read', 'events:admin'] }],
    [
      'another operation of the document',
      { query: TWO, operationName: 'A' },
      { query: TWO, operationName: 'B' },
    ],
    [
      'values that change places',
      {
        query:
          'subscription ($x: Int, $y: Int) { automationRunEnded { run { a: blocks(first: $x) { totalCount } b: blocks(first: $y) { totalCount } } } }',
        variables: { x: 1, y: 2 },
      },
      {
        query:
          'subscription ($x: Int, $y: Int) { automationRunEnded { run { a: blocks(first: $x) { totalCount } b: blocks(first: $y) { totalCount } } } }',
        variables: { x: 2, y: 1 },
      },
    ],
  ];
  test.each(DIFFERENT)('is another one with %s', (_name, one, other) => {
    expect(toKey(one)).not.toBe(toKey(other));
  });
});
