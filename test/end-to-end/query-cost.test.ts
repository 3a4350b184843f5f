import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { subscribeOver, TRANSPORTS } from '../support/clients/transports.ts';
import { appEvent } from '../support/events/events.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const NESTED =
  '{ apps(first: 100) { nodes { events(first: 100) { nodes { ... on AppCreatedEvent { app { name ';

/** 10,100 rows. */
const NESTED_RUNS = 'apps(first: 100) { nodes { events(first: 100) { nodes { position } } } }';

describe('what an operation may ask for', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService('postgres');
    await service.client.ingest(
      appEvent('tenant', 'app.created', { attributes: { id: 'app', name: 'App' } }),
    );
  });
  afterAll(() => service.close());
  const ask = async (query: string, variables?: Record<string, unknown>) => {
    const { data, errors } = await service.client.request(query, variables);
    return { data: data ?? undefined, codes: errors?.map(({ extensions }) => extensions.code) };
  };

  it('is not bounded by its length alone: page sizes that multiply beyond 100,000 rows are refused', async () => {
    const codes = ['QUERY_TOO_COMPLEX'];
    expect(await ask(`${NESTED} events(first: 20) { nodes { position } } } } } } } } }`)).toEqual({ codes });
    const sized = `query ($n: Int) ${NESTED} events(first: $n) { nodes { position } } } } } } } } }`;
    expect(await ask(sized, { n: 20 })).toEqual({ codes });
    expect((await ask(sized, { n: 5 })).codes).toBeUndefined();
    expect(await ask(sized.replace('Int', 'Int = 20'))).toEqual({ codes });
    // Variables are not checked yet when the cost is counted.
    for (const n of [{ toString: '' }, [20], '20', true]) {
      const { codes: refused } = await ask('query ($n: Int) { apps(first: $n) { totalCount } }', { n });
      expect(refused).toEqual(['BAD_USER_INPUT']);
    }
  });

  it('counts pages of quarantine like any others', async () => {
    const runs = Array.from({ length: 9 }, (_, index) => `r${index}: ${NESTED_RUNS}`);
    // 9,090 rows more, so that ten are left.
    const fill = 'fill: automations(first: 90) { nodes { runs(first: 100) { nodes { runId } } } }';
    const page = (first: number) => `quarantinedEvents(first: ${first}) { nodes { id } }`;
    expect((await ask(`{ ${[...runs, fill, page(10)].join(' ')} }`)).codes).toBeUndefined();
    expect((await ask(`{ ${[...runs, fill, page(11)].join(' ')} }`)).codes).toEqual(['QUERY_TOO_COMPLEX']);
  });

  it('counts 20 rows for a page size that is null, whatever the default of the variable', async () => {
    const query = (value: string) => `query ($a: Int${value}) { automations(first: $a) { nodes {
      runs(first: $a) { nodes { automation { runs(first: $a) { nodes { automation { runs(first: $a) { nodes { runId } } } } } } } } } } }`;
    for (const [value, variables] of [
      [' = 1', { a: null }],
      ['', { a: null }],
      ['', {}],
    ] as const) {
      expect(await ask(query(value), variables)).toEqual({ codes: ['QUERY_TOO_COMPLEX'] });
    }
    expect((await ask(query(' = 1'), {})).codes).toBeUndefined();
  });

  it('counts as many rows of statistics as there can be', async () => {
    const below = '{ automation { runs(first: 20) { nodes { runId } } } }';
    const codes = ['QUERY_TOO_COMPLEX'];
    expect(await ask(`{ automationRunStats(first: 10000, groupBy: [AUTOMATION]) ${below} }`)).toEqual({
      codes,
    });
    expect(await ask(`{ automationRunStats(first: 10000, interval: HOUR) ${below} }`)).toEqual({ codes });
    for (const query of [
      `{ automationRunStats(first: 4000, groupBy: [AUTOMATION]) ${below} }`,
      '{ automationRunStats(first: 10000, groupBy: [AUTOMATION], interval: HOUR) { count } }',
      // What is parted by nothing is one row.
      `{ automationRunStats(first: 10000) ${below} automations(first: 100) { nodes { runStats(first: 10000) { count } } } }`,
    ]) {
      expect((await ask(query)).codes).toBeUndefined();
    }
  });

  it('has at most 15 fields at its root and 50 lists and statistics, so that one operation does not take all connections', async () => {
    const roots = (count: number) => 'viewer { tenantId } '.repeat(count);
    expect((await ask(`{ ${roots(15)} }`)).codes).toBeUndefined();
    expect(await ask(`{ ${roots(16)} }`)).toEqual({ codes: ['QUERY_TOO_COMPLEX'] });
    expect(await ask(`{ ...f ...f } fragment f on Query { ... { ${roots(8)} } }`)).toEqual({
      codes: ['QUERY_TOO_COMPLEX'],
    });
    const lists = (count: number) =>
      `{ apps(first: 1) { nodes { ${'reloads { totalCount } '.repeat(count)} } } }`;
    expect((await ask(lists(49))).codes).toBeUndefined();
    expect(await ask(lists(50))).toEqual({ codes: ['QUERY_TOO_COMPLEX'] });
  });

  it('counts what fragments bring, each time they are spread, in any nesting', async () => {
    const fragments = Array.from(
      { length: 30 },
      (_, index) => `fragment f${index} on App { ...f${index + 1} ...f${index + 1} events { totalCount } }`,
    );
    const query = `{ apps { nodes { ...f0 } } } ${fragments.join(' ')} fragment f30 on App { events { totalCount } }`;
    expect(await ask(query)).toEqual({ codes: ['QUERY_TOO_COMPLEX'] });
  });

  it('has at most 10,000 fields, those of fragments counted where they are spread', async () => {
    // Four fields of the next level in each of 7 levels: tens of thousands of look-ups, but not one
    // page.
    const fragments = Array.from(
      { length: 7 },
      (_, level) => `fragment f${level} on App { ${`originApp { ...f${level + 1} } `.repeat(4)} }`,
    );
    const last = 'fragment f7 on App { appId }';
    const query = `{ app(appId: "app") { ...f0 } } ${fragments.join(' ')} ${last}`;
    expect(await ask(query)).toEqual({ codes: ['QUERY_TOO_COMPLEX'] });
    expect(
      (await ask(`{ app(appId: "app") { ...f2 } } ${fragments.slice(2).join(' ')} ${last}`)).codes,
    ).toBeUndefined();
  });

  it('counts lists by their field, so values within a row that have the name of a list are none', async () => {
    const runs = `automationRuns(first: 100) { nodes { ${'metrics { blocks { type } } '.repeat(51)} } }`;
    expect((await ask(`{ ${runs} }`)).codes).toBeUndefined();
    const deep = (name: string) => `{ apps(first: 100) { nodes { events(first: 100) { nodes {
      ... on AutomationRunEndedEvent { run { ${name} { __typename } } } } } } } }`;
    expect((await ask(deep('metrics'))).codes).toBeUndefined();
    expect((await ask(deep('blocks(first: 8)'))).codes).toBeUndefined();
    expect((await ask(deep('blocks(first: 9)'))).codes).toEqual(['QUERY_TOO_COMPLEX']);
  });

  it('counts lists wherever they are: in fragments on interfaces and objects, under other names, in mutations', async () => {
    const page = 'events(first: 100) { nodes { position } }';
    const apps = (inner: string) =>
      `apps(first: 100) { nodes { a: events(first: 100) { nodes { ${inner} } } } }`;
    for (const [query, fragments] of [
      [`{ ${apps(`... on Event { ... on AppCreatedEvent { app { other: ${page} } } }`)} }`, ''],
      [
        `{ ${apps('...event')} }`,
        `fragment event on Event { ...created } fragment created on AppCreatedEvent { app { ${page} } }`,
      ],
      [
        `{ nodes(ids: []) { ... on Node { ... on App { other: events(first: 100) { nodes {
          ... on AppCreatedEvent { app { events(first: 10) { nodes { position } } } } } } } } } }`,
        '',
      ],
      [
        `{ node(id: "x") { ... on App { events(first: 100) { nodes { ... on AppCreatedEvent { app { x: ${page} y: events(first: 100) { nodes { ... on AppDeletedEvent { app { ${page} } } } } } } } } } } }`,
        '',
      ],
      [
        `mutation { ingestEvents(input: { events: [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 11] }) { receipts { event { ... on AppCreatedEvent { app {
        events(first: 100) { nodes { ... on AppCreatedEvent { app { ${page} } } } } } } } } } }`,
        '',
      ],
    ] as const) {
      expect([query, (await ask(`${query} ${fragments}`)).codes]).toEqual([query, ['QUERY_TOO_COMPLEX']]);
    }
  });

  it('is at most 12 levels deep', async () => {
    const toDeep = (levels: number) =>
      `{ apps { nodes ${'{ originApp '.repeat(levels)}{ name }${' }'.repeat(levels)} } }`;
    expect((await ask(toDeep(9))).codes).toBeUndefined();
    expect(await ask(toDeep(10))).toEqual({ codes: ['QUERY_TOO_COMPLEX'] });
  });

  it.each(TRANSPORTS)(
    'is checked for a subscription over %s, before its stream starts',
    async (transport) => {
      const page = (inner: string) =>
        `events(first: $n) { nodes { ... on AppCreatedEvent { app { ${inner} } } } }`;
      const query = `subscription ($n: Int) { appChanged { app { ${page(page(page('name')))} } } }`;
      const refused = subscribeOver(transport, service.client.as('tenant'), query, { n: 100 });
      await refused.until(({ received, error }) => received.length > 0 || error !== undefined);
      expect(JSON.stringify([refused.received, refused.error])).toContain('QUERY_TOO_COMPLEX');
      await refused.close();
    },
  );

  it('is checked over a WebSocket too, which stays open', async () => {
    const subscription = service.client
      .as('tenant')
      .subscribe(`${NESTED} events(first: 20) { nodes { position } } } } } } } } }`);
    await subscription.until(({ received, error }) => received.length > 0 || error !== undefined);
    expect(JSON.stringify([subscription.received, subscription.error])).toContain('QUERY_TOO_COMPLEX');
    expect(subscription.closeCode).toBeUndefined();
    await subscription.close();
  });
});
