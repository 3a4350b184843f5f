import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askOver } from '../support/clients/ask-over.ts';
import { subscribeOver } from '../support/clients/transports.ts';
import { describeOnEachDatabase } from '../support/databases/databases.ts';
import { appEvent, runEvent } from '../support/events/events.ts';
import { newTenant } from '../support/events/tenants.ts';
import { SECRET, toToken } from '../support/identity/tokens.ts';
import { CommandProcess, startPrune } from '../support/processes/command-process.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

const SET = `mutation ($names: [NameInput!]!) {
  setNames(input: { names: $names, clientMutationId: "c" }) { changed clientMutationId } }`;
const RUN = 'executedById executedByName ownerName spaceName blocks { nodes { connectorId connectorName } }';
const READ = `{ automationRuns(orderBy: [{ field: TITLE, direction: ASC }]) { nodes { title ${RUN} } }
  apps { nodes { ownerName spaceName } } blocks { nodes { connectorName } } automations { nodes { name } } }`;

type Kind = 'AUTOMATION' | 'CONNECTOR' | 'ENDPOINT' | 'SPACE' | 'USER';

describeOnEachDatabase('names', (kind) => {
  let service: TestService;
  let tenantId = '';
  beforeAll(async () => {
    service = await startTestService(kind);
  });
  afterAll(() => service.close());

  const name = (of: Kind, id: string, given: string | null, owner = tenantId) => ({
    ...{ tenantId: owner, kind: of, id, name: given },
  });
  const set = async (...names: object[]) => (await service.client.data(SET, { names })).setNames.changed;
  const read = (query: string) => service.client.as(tenantId).data(query);

  test('are shown wherever an id of a run, a block or an app is', async () => {
    tenantId = newTenant();
    const other = newTenant();
    const ids = { executedById: 'ada', ownerId: 'grace', spaceId: 'space' };
    for (const owner of [tenantId, other]) {
      await service.client.ingest(
        runEvent(owner, {
          title: 'a',
          startTime: '2026-01-02T00:00:00Z',
          ...ids,
          blocks: [{ connectorId: 'slack' }, {}],
        }),
        runEvent(owner, { title: 'b', ...ids, executedById: 'unknown', spaceId: '' }),
        appEvent(owner, 'app.created', { id: 'app', attributes: { ownerId: 'ada' }, spaceId: 'space' }),
      );
    }
    const names = [
      ...[name('USER', 'ada', 'Ada'), name('USER', 'grace', 'Grace 😀'), name('SPACE', 'space', 'The space')],
      ...[name('CONNECTOR', 'slack', 'Slack'), name('AUTOMATION', 'automation-1', 'Nightly')],
    ];
    expect(await set(...names)).toBe(5);
    expect(await set(name('USER', 'ada', 'Another Ada', other))).toBe(1);
    expect(await read(READ)).toMatchObject({
      automationRuns: {
        nodes: [
          {
            ...{ executedByName: 'Ada', ownerName: 'Grace 😀', spaceName: 'The space' },
            blocks: { nodes: [{ connectorName: 'Slack' }, { connectorName: null }] },
          },
          { executedById: 'unknown', executedByName: null, ownerName: 'Grace 😀', spaceName: null },
        ],
      },
      apps: { nodes: [{ ownerName: 'Ada', spaceName: 'The space' }] },
      blocks: { nodes: [{ connectorName: 'Slack' }, { connectorName: null }] },
      automations: { nodes: [{ name: 'Nightly' }] },
    });
    expect(await service.client.as(other).data(READ)).toMatchObject({
      automationRuns: { nodes: [{ executedByName: 'Another Ada', ownerName: null, spaceName: null }, {}] },
      apps: { nodes: [{ ownerName: 'Another Ada', spaceName: null }] },
      automations: { nodes: [{ name: 'a' }] },
    });
  });

  test('are shown on rows of statistics, each grouped by its id', async () => {
    tenantId = newTenant();
    const ids = { executedById: 'ada', ownerId: 'grace', spaceId: 'space' };
    const block = { connectorId: 'slack', endpointId: 'send' };
    await service.client.ingest(runEvent(tenantId, { ...ids, blocks: [block] }));
    await set(
      ...[name('USER', 'ada', 'Ada'), name('USER', 'grace', 'Grace'), name('SPACE', 'space', 'The space')],
      ...[name('CONNECTOR', 'slack', 'Slack'), name('ENDPOINT', 'send', 'Send a message')],
      // The same id names something else in another kind.
      ...[name('ENDPOINT', 'slack', 'wrong'), name('USER', 'space', 'wrong')],
    );
    const runs = 'executedByName ownerName spaceName';
    const all = await read(`{ automationRunStats(groupBy: [EXECUTOR, OWNER, SPACE]) { ${runs} }
      blockStats(groupBy: [CONNECTOR, ENDPOINT]) { connectorName endpointName }
      ungrouped: automationRunStats { ${runs} } blocks: blockStats { connectorName endpointName } }`);
    expect(all).toEqual({
      automationRunStats: [{ executedByName: 'Ada', ownerName: 'Grace', spaceName: 'The space' }],
      blockStats: [{ connectorName: 'Slack', endpointName: 'Send a message' }],
      ungrouped: [{ executedByName: null, ownerName: null, spaceName: null }],
      blocks: [{ connectorName: null, endpointName: null }],
    });
    const nested = await read(`{ automations { nodes { runStats(groupBy: [OWNER]) { ownerName } } } }`);
    expect(nested.automations.nodes).toEqual([{ runStats: [{ ownerName: 'Grace' }] }]);
  });

  test('of automations are given, else those of an event, else titles of newest runs', async () => {
    tenantId = newTenant();
    const of = (automation: string, data: object) =>
      runEvent(tenantId, { ...data }, { toplevelresourceid: automation });
    await service.client.ingest(
      of('titled', { title: 'Second', startTime: '2026-01-02T00:00:00Z' }),
      of('titled', { title: 'First', startTime: '2026-01-01T00:00:00Z' }),
      of('untitled', { startTime: '2026-01-03T00:00:00Z' }),
      of('untitled', { title: 'Older', startTime: '2026-01-02T00:00:00Z' }),
      of('reported', { title: 'A title', automation: { name: 'Reported' } }),
    );
    const readNames = async (args = '(orderBy: [{ field: NAME, direction: ASC }])') =>
      (await read(`{ automations${args} { nodes { automationId name } } }`)).automations.nodes.map(
        (node: { automationId: string; name: string | null }) => [node.automationId, node.name],
      );
    expect(await readNames()).toEqual([
      ['reported', 'Reported'],
      ['titled', 'Second'],
      ['untitled', null],
    ]);
    expect(
      await set(...['titled', 'untitled', 'reported'].map((id) => name('AUTOMATION', id, `Z ${id}`))),
    ).toBe(3);
    expect(await set(name('AUTOMATION', 'untitled', 'a first one'))).toBe(1);
    const given = [
      ['untitled', 'a first one'],
      ['reported', 'Z reported'],
      ['titled', 'Z titled'],
    ];
    expect(await readNames()).toEqual(given);
    expect(await readNames('(where: { name: { startsWith: "z T" } })')).toEqual([given[2]]);
    expect(await readNames('(where: { not: { or: [{ name: { contains: "Z" } }] } })')).toEqual([given[0]]);
    expect(await readNames('(where: { name: { eq: "Second" } })')).toEqual([]);
    const single = await read(`{ automation(automationId: "titled") { name }
      automationRuns(where: { title: { eq: "Second" } }) { nodes { automation { name } } }
      automationRunStats(groupBy: [AUTOMATION], where: { title: { eq: "Second" } }) { automation { name } } }`);
    expect(single).toEqual({
      automation: { name: 'Z titled' },
      automationRuns: { nodes: [{ automation: { name: 'Z titled' } }] },
      automationRunStats: [{ automation: { name: 'Z titled' } }],
    });
    expect(await set(...['titled', 'untitled', 'reported'].map((id) => name('AUTOMATION', id, null)))).toBe(
      3,
    );
    expect((await readNames())[1]).toEqual(['titled', 'Second']);
  });

  test('that a call changes are counted, of two entries for one id the last', async () => {
    tenantId = newTenant();
    expect(await set()).toBe(0);
    expect(await set(name('USER', 'a', 'A'), name('USER', 'b', 'B'), name('SPACE', 'a', 'S'))).toBe(3);
    expect(await set(name('USER', 'a', 'A'), name('USER', 'b', 'b'), name('SPACE', 'a', 'S'))).toBe(1);
    expect(await set(name('USER', 'a', 'X'), name('USER', 'a', 'A'))).toBe(0);
    expect(await set(name('USER', 'a', null), name('USER', 'a', 'X'))).toBe(1);
    expect(await set(name('USER', 'a', 'X'), name('USER', 'a', null), name('USER', 'c', 'C'))).toBe(2);
    expect(await set(name('USER', 'a', null), name('USER', 'none', ''), name('USER', 'b', ''))).toBe(1);
    const { setNames } = await service.client.data(SET, { names: [{ tenantId, kind: 'USER', id: 'c' }] });
    expect(setNames).toEqual({ changed: 1, clientMutationId: 'c' });
    expect(await set(name('SPACE', 'a', 'S'))).toBe(0);
  });

  test('of a thousand ids and of any text are stored as given; ids differ by case', async () => {
    tenantId = newTenant();
    const texts = ['\ufeffmark', '{"a",b}\\', 'two\nlines\t', "o'x", 'Straße', '😀', ' ', 'x'.repeat(1_000)];
    await service.client.ingest(
      ...texts.map((title, index) =>
        runEvent(tenantId, { title: String(index), ownerId: `o-${title.slice(0, 3)}` }),
      ),
    );
    const ids = (
      await read('{ automationRuns(orderBy: [{ field: TITLE, direction: ASC }]) { nodes { ownerId } } }')
    ).automationRuns.nodes.map(({ ownerId }: { ownerId: string | null }) => ownerId);
    const named = ids.flatMap((id: string | null, index: number) =>
      id === null ? [] : [{ id, text: texts[index] }],
    );
    expect(named.length).toBeGreaterThan(5);
    await set(...named.map(({ id, text }: { id: string; text: string }) => name('USER', id, text)));
    const { automationRuns } = await read(
      '{ automationRuns(orderBy: [{ field: TITLE, direction: ASC }]) { nodes { ownerId ownerName } } }',
    );
    const shown = automationRuns.nodes.filter(({ ownerId }: { ownerId: string | null }) => ownerId !== null);
    expect(shown).toEqual(
      named.map(({ id, text }: { id: string; text: string }) => ({ ownerId: id, ownerName: text })),
    );
    const many = [...Array(1_000).keys()].map((index) => name('SPACE', `s-${index}`, `Space ${index}`));
    expect(await set(...many)).toBe(1_000);
    expect(await set(...many)).toBe(0);
    await service.client.ingest(
      runEvent(tenantId, { ownerId: 'Ada' }),
      runEvent(tenantId, { ownerId: 'ADA' }),
    );
    expect(await set(name('USER', 'Ada', 'lower'), name('USER', 'ADA', 'upper'))).toBe(2);
    for (const [id, ownerName] of [
      ['Ada', 'lower'],
      ['ADA', 'upper'],
    ]) {
      const found = await read(
        `{ automationRuns(where: { ownerId: { eq: "${id}" } }) { nodes { ownerName } } }`,
      );
      expect(found.automationRuns.nodes).toEqual([{ ownerName }]);
    }
  });

  test('that cannot be stored are refused, and nothing of their call is stored', async () => {
    tenantId = newTenant();
    await service.client.ingest(runEvent(tenantId, { ownerId: 'a' }));
    const good = name('USER', 'a', 'A');
    const codeOf = async (names: unknown) =>
      (await service.client.request(SET, { names })).errors?.[0].extensions.code;
    const bad = [
      ...['a\u0000b', '\ud800', 'x'.repeat(1_001)].map((text) => name('USER', 'b', text)),
      ...['', '\u0000', '\udc00', 'x'.repeat(257), 'a\nb'].map((id) => name('USER', id, 'B')),
      ...['', '\u0000', 'x'.repeat(257)].map((owner) => name('USER', 'b', 'B', owner)),
    ];
    for (const one of bad) expect(await codeOf([good, one]), JSON.stringify(one)).toBe('BAD_USER_INPUT');
    expect(await codeOf(Array.from({ length: 1_001 }, () => good))).toBe('BATCH_TOO_LARGE');
    for (const names of [
      null,
      [null],
      [{ ...good, kind: 'APP' }],
      [{ ...good, name: 5 }],
      [{ ...good, more: 1 }],
    ]) {
      expect(await codeOf(names), JSON.stringify(names)).toBe('BAD_USER_INPUT');
    }
    expect((await read('{ automationRuns { nodes { ownerName } } }')).automationRuns.nodes).toEqual([
      { ownerName: null },
    ]);
  });

  test('of the same ids may be set and removed by many calls at once', async () => {
    tenantId = newTenant();
    const ids = [...Array(20).keys()].map((index) => `id-${index + 10}`);
    await service.client.ingest(...ids.map((ownerId) => runEvent(tenantId, { ownerId, title: ownerId })));
    const nameIn = (round: number, index: number) => ((index + round) % 3 === 0 ? null : `N ${round}`);
    const call = (round: number) => {
      const names = ids.map((id, index) => name('USER', id, nameIn(round, index)));
      return set(...(round % 2 === 0 ? names : names.toReversed()));
    };
    const changed = await Promise.all([...Array(24).keys()].map(call));
    expect(Math.max(...changed)).toBeLessThanOrEqual(ids.length);
    const { automationRuns } = await read(
      '{ automationRuns(orderBy: [{ field: TITLE, direction: ASC }]) { nodes { ownerName } } }',
    );
    const rounds = [...Array(24).keys()].map((round) => ids.map((_id, index) => nameIn(round, index)));
    expect(rounds, 'what one call has set').toContainEqual(
      automationRuns.nodes.map(({ ownerName }: { ownerName: string | null }) => ownerName),
    );
  });

  test('have a cost for each of them', async () => {
    const names = ['a', 'b', 'c'].map((id) => name('USER', id, 'A', newTenant()));
    const { extensions } = await askOver('POST', service.url, { query: SET, variables: { names } });
    expect(extensions).toMatchObject({ cost: { cost: names.length } });
  });

  test('are on what subscriptions deliver, as they are at delivery', async () => {
    for (const transport of ['WebSocket', 'SSE'] as const) {
      tenantId = newTenant();
      const client = service.client.as(tenantId);
      await set(
        name('USER', 'ada', 'Ada'),
        name('CONNECTOR', 'slack', 'Slack'),
        name('AUTOMATION', 'automation-1', 'N'),
      );
      const { startCursor: after } = (await client.data('{ eventLog { startCursor } }')).eventLog;
      const query = `subscription ($after: String) { automationRunEnded(after: $after) {
        run { executedByName automation { name } blocks { nodes { connectorName } } } } }`;
      const live = subscribeOver(transport, client, query, { after });
      const apps = subscribeOver(
        transport,
        client,
        'subscription ($after: String) { appChanged(after: $after) { app { ownerName } } }',
        { after },
      );
      const run = () => runEvent(tenantId, { executedById: 'ada', blocks: [{ connectorId: 'slack' }] });
      await client.ingest(
        run(),
        appEvent(tenantId, 'app.created', { id: 'app', attributes: { ownerId: 'ada' } }),
      );
      await live.until(({ received }) => received.length === 1);
      await apps.until(({ received }) => received.length === 1);
      await set(name('USER', 'ada', 'Countess'));
      await client.ingest(run());
      await live.until(({ received }) => received.length === 2);
      const rest = { automation: { name: 'N' }, blocks: { nodes: [{ connectorName: 'Slack' }] } };
      expect(live.received.map(({ automationRunEnded }) => automationRunEnded.run)).toEqual([
        { executedByName: 'Ada', ...rest },
        { executedByName: 'Countess', ...rest },
      ]);
      expect(apps.received[0].appChanged.app).toEqual({ ownerName: 'Ada' });
      await Promise.all([live.close(), apps.close()]);
    }
  });

  test('stay when events are pruned and projections are rebuilt', async () => {
    const shared = await startTestService(kind);
    tenantId = newTenant();
    await shared.client.ingest(runEvent(tenantId, { title: 'a', executedById: 'ada' }));
    const names = [name('USER', 'ada', 'Ada'), name('AUTOMATION', 'automation-1', 'Nightly')];
    await shared.client.data(SET, { names });
    const before = await shared.client.data(READ);
    expect(before.automationRuns.nodes).toMatchObject([{ executedByName: 'Ada' }]);
    // An embedded database has one process at a time.
    const { database } = shared;
    if (kind === 'postgres') {
      const settings = { DATABASE_URL: database.databaseUrl };
      await using prune = startPrune(database, '--older-than', '0s');
      expect((await prune.result()).stdout).toContain('1 event');
      const damage = new CommandProcess('rebuild', [], settings);
      expect((await damage.result()).status).toBe(0);
      await damage[Symbol.asyncDispose]();
    }
    expect(await shared.client.data(READ)).toEqual(before);
    expect((await shared.client.data(SET, { names })).setNames.changed).toBe(0);
    await shared.close();
  });
});

describe('names on a service with tokens', () => {
  test('are set for the tenants that a token may write, and all or nothing', async () => {
    const service = await startTestService('postgres', { AUTH_JWT_SECRET: SECRET });
    const [own, other] = [newTenant(), newTenant()];
    const as = async (claims: Record<string, unknown>) => service.client.with(await toToken(claims));
    const writer = await as({ tenantId: own, scope: 'events:ingest' });
    const reader = await as({ tenantId: own, scope: 'events:read events:admin' });
    const both = await as({ tenantId: [own, other], scope: 'events:ingest' });
    const codeOf = ({ errors }: { errors: { extensions: { code: string } }[] | undefined }) =>
      errors?.[0]?.extensions.code;
    const names = [own, other].map((tenantId) => ({ tenantId, kind: 'USER', id: 'ada', name: 'Ada' }));
    expect(codeOf(await writer.request(SET, { names }))).toBe('FORBIDDEN');
    expect(codeOf(await reader.request(SET, { names: names.slice(0, 1) }))).toBe('FORBIDDEN');
    expect((await writer.data(SET, { names: names.slice(0, 1) })).setNames.changed).toBe(1);
    expect((await both.data(SET, { names })).setNames.changed).toBe(1);
    await service.close();
  });
});
