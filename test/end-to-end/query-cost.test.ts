import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appEvent } from '../support/events.ts';
import { startTestService, type TestService } from '../support/service.ts';

const NESTED =
  '{ apps(first: 100) { nodes { events(first: 100) { nodes { ... on AppCreatedEvent { app { name ';

/** 10,100 rows. */
const NESTED_RUNS = 'apps(first: 100) { nodes { events(first: 100) { nodes { position } } } }';

describe('what an operation may ask for', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService('pglite');
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
    const pages = (count: number) =>
      Array.from(
        { length: count },
        (_, index) => `q${index}: quarantinedEvents(first: 100) { nodes { id } }`,
      );
    expect((await ask(`{ ${[...runs, ...pages(91)].join(' ')} }`)).codes).toBeUndefined();
    expect((await ask(`{ ${[...runs, ...pages(92)].join(' ')} }`)).codes).toEqual(['QUERY_TOO_COMPLEX']);
  });

  it('counts what fragments bring, each time they are spread, in any nesting', async () => {
    const fragments = Array.from(
      { length: 30 },
      (_, index) =>
        `fragment f${index} on App { ...f${index + 1} ...f${index + 1} a${index}: events { totalCount } }`,
    );
    const query = `{ apps { nodes { ...f0 } } } ${fragments.join(' ')} fragment f30 on App { events { totalCount } }`;
    expect(await ask(query)).toEqual({ codes: ['QUERY_TOO_COMPLEX'] });
  });

  it('has at most 10,000 fields, those of fragments counted where they are spread', async () => {
    // Two fields of the next level in each of 15 levels: tens of thousands of look-ups, but not one page.
    const fragments = Array.from(
      { length: 13 },
      (_, level) =>
        `fragment f${level} on App { a: originApp { ...f${level + 1} } b: originApp { ...f${level + 1} } }`,
    );
    const last = 'fragment f13 on App { appId }';
    const query = `{ app(appId: "app") { ...f0 } } ${fragments.join(' ')} ${last}`;
    expect(await ask(query)).toEqual({ codes: ['QUERY_TOO_COMPLEX'] });
    expect(
      (await ask(`{ app(appId: "app") { ...f6 } } ${fragments.slice(6).join(' ')} ${last}`)).codes,
    ).toBeUndefined();
  });

  it('is at most 16 levels deep', async () => {
    const toDeep = (levels: number) =>
      `{ apps { nodes ${'{ originApp '.repeat(levels)}{ name }${' }'.repeat(levels)} } }`;
    expect((await ask(toDeep(13))).codes).toBeUndefined();
    expect(await ask(toDeep(14))).toEqual({ codes: ['QUERY_TOO_COMPLEX'] });
  });

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
