import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeOnOneDatabase } from '../support/databases/databases.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { toReadingEvents } from './oracle/data.ts';

/** A document is compiled at its tenth execution. */
const TIMES = 11;

const example = (name: string) =>
  readFileSync(new URL(`../../schema/operations/${name}`, import.meta.url), 'utf8');
const VARIABLES = `query ($first: Int = 3, $where: AutomationRunFilter, $orderBy: [AutomationRunOrder!], $after: String, $big: Boolean!) {
  automationRuns(first: $first, where: $where, orderBy: $orderBy, after: $after) {
    edges { cursor node { id runId metrics @include(if: $big) { blocks { type } } ...Times @skip(if: $big) } }
    nodes { __typename ... on Node { id } ... on AutomationRun { name: title network { rxBytes } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
fragment Times on AutomationRun { startTime stopTime occurredAt outcome automation { automationId lastRun { runId } } }`;

const VALUES = { 'left out': {}, null: { a: null }, given: { a: 'b' } };

/** One document with several sets of variables. */
function withVariables(
  query: string,
  sets: Record<string, Record<string, unknown>>,
): [name: string, query: string, variables: Record<string, unknown>][] {
  return Object.entries(sets).map(([name, variables]) => [`${query}, ${name}`, query, variables]);
}

/** Documents with variables, answered with data or with errors of every kind. */
const REQUESTS: [name: string, query: string, variables?: Record<string, unknown>][] = [
  ['the example of runs', example('runs.graphql')],
  ['the example of apps', example('app-history.graphql')],
  ['the example of statistics', example('durations.graphql')],
  ['fragments, directives and defaults', VARIABLES, { big: true }],
  ['the same with the directives the other way round', VARIABLES, { big: false, first: 2 }],
  [
    'a filter and an order in variables',
    VARIABLES,
    {
      big: false,
      where: { or: [{ status: { in: ['FAILED'] } }, { not: {} }] },
      orderBy: [{ field: 'DURATION', direction: 'DESC' }],
    },
  ],
  ['a missing variable', VARIABLES, {}],
  ['a variable of another type', VARIABLES, { big: 'yes', first: [] }],
  ['an unknown value in a variable', VARIABLES, { big: true, where: { status: { eq: 'NONE' } } }],
  ['a null in a filter', VARIABLES, { big: true, where: { status: { eq: null } } }],
  ['a page of no size', VARIABLES, { big: true, first: 0 }],
  ['a bad cursor', VARIABLES, { big: true, after: 'nonsense' }],
  [
    'errors beside data',
    '{ a: viewer { tenantId } b: automationRuns(first: 1, last: 1) { nodes { id } } c: __typename }',
  ],
  [
    'an error inside a list',
    '{ automations(first: 2) { nodes { automationId runs(first: 1, after: "x") { nodes { runId } } } } }',
  ],
  [
    'nodes of several types',
    'query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }',
    { ids: ['', 'x'] },
  ],
  [
    'statistics selected in pieces',
    `{ automationRunStats(groupBy: [STATUS]) { ...A duration { p50 } } automationRunStats(groupBy: [STATUS]) { status rxBytes }
      automations { ...B nodes { runStats(interval: MONTH) { ...A } } } }
    fragment A on AutomationRunStats { count duration { ... { p95 } ... @include(if: true) { max } } }
    fragment B on AutomationConnection { nodes { lastRun { ... on Node { ... on AutomationRun { blocks { totalCount } } } } } }`,
  ],
  ...withVariables(
    'query ($d: SortDirection) { apps(first: 3, includeDeleted: true, orderBy: [{ field: NAME, direction: $d }]) { nodes { appId } pageInfo { endCursor } } }',
    {
      'left out': {},
      null: { d: null },
      given: { d: 'DESC' },
    },
  ),
  ...withVariables(
    'query ($a: String = "x") { automationRuns(where: { title: { in: [$a] } }) { nodes { title } } }',
    VALUES,
  ),
  ...withVariables(
    'query ($s: AutomationRunStatus = FAILED) { automationRuns(where: { status: { notIn: [$s] } }) { totalCount } }',
    { 'left out': {}, null: { s: null } },
  ),
  ...withVariables(
    'query ($a: String) { automationRuns(where: { not: { title: { eq: $a } } }) { totalCount } }',
    VALUES,
  ),
  ...withVariables(
    'query ($a: SafeInt = 1) { blocks(where: { or: [{ apiCalls: { gt: $a } }] }) { totalCount } }',
    VALUES,
  ),
  ...withVariables(
    'query ($g: AutomationRunGrouping = STATUS) { automationRunStats(groupBy: [$g]) { count status } }',
    {
      'left out': {},
      null: { g: null },
    },
  ),
  ...withVariables('query ($i: ID = "x") { nodes(ids: [$i]) { id } }', { 'left out': {}, null: { i: null } }),
  ...withVariables(
    'query ($d: Boolean = true, $n: Int, $w: AppFilter) { apps(includeDeleted: $d, first: $n, where: $w) { totalCount nodes { appId } } }',
    {
      'left out': {},
      null: { d: null, n: null, w: null },
    },
  ),
  ...withVariables(
    'query ($n: Int = 2, $z: String = "Europe/Berlin", $i: TimeInterval, $g: [AutomationRunGrouping!]) { automationRunStats(first: $n, timeZone: $z, interval: $i, groupBy: $g) { count bucketStart } }',
    {
      'left out': {},
      null: { n: null, z: null, i: null, g: null },
      given: { n: 1, i: 'DAY', g: ['STATUS'] },
    },
  ),
  [
    'an alias that objects have',
    '{ __proto__: viewer { tenantId } apps(first: 1) { nodes { __proto__: appId constructor: name toString: appId } } }',
  ],
  ['introspection', '{ __schema { queryType { name } } __type(name: "Event") { possibleTypes { name } } }'],
  [
    'events of all types',
    '{ events(first: 50) { nodes { __typename id position type raw ... on AutomationRunEndedEvent { run { runId } } ... on AppReloadFinishedEvent { reload { status } } } } }',
  ],
];

// Both kinds of execution send the same statements, so one database is enough.
describeOnOneDatabase('compiled execution', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind);
    await service.client.ingest(...toReadingEvents('tenant'));
  });
  afterAll(() => service.close());

  const ask = async (query: string, variables?: Record<string, unknown>) => {
    const response = await fetch(`${service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    return { status: response.status, text: await response.text() };
  };

  test.each(REQUESTS)('%s: the answer is the same to the byte', async (name, document, variables) => {
    // A text of its own, or what was compiled for other variables would answer from the first time
    // on.
    const query = `${document} # ${name}`;
    const first = await ask(query, variables);
    expect(first.text).not.toContain('INTERNAL_SERVER_ERROR');
    for (let time = 2; time <= TIMES; time += 1) expect(await ask(query, variables)).toEqual(first);
  });

  test('every field of a run is the same alone and among all others', async () => {
    const { __type } = await service.client.data(
      '{ __type(name: "AutomationRun") { fields { name type { kind ofType { kind } } } } }',
    );
    const leaves: string[] = __type.fields
      .filter(({ type }: { type: { kind: string; ofType: { kind: string } | null } }) =>
        ['SCALAR', 'ENUM'].includes(type.ofType?.kind ?? type.kind),
      )
      .map(({ name }: { name: string }) => name);
    expect(leaves.length).toBeGreaterThan(20);
    const fields = [
      ...leaves,
      'network { rxBytes txBytes }',
      'metrics { blocks { type } }',
      'automation { automationId lastRunAt }',
      'blocks(first: 100) { totalCount nodes { ordinal typeName run { runId } } }',
      'endpoints: blocks(first: 100, where: { type: { eq: ENDPOINT_BLOCK } }) { nodes { ordinal } }',
      'events(first: 2) { nodes { position } }',
    ];
    const list = async (selection: string) =>
      (
        await service.client.data(
          `{ automationRuns(first: 100, orderBy: [{ field: TX_BYTES, direction: ASC }]) { nodes { ${selection} } } }`,
        )
      ).automationRuns.nodes;
    const whole = await list(fields.join(' '));
    for (const field of fields) {
      const [name = ''] = field.split(/\W/);
      expect(await list(field)).toEqual(whole.map((run: Record<string, unknown>) => ({ [name]: run[name] })));
    }
  });
});
