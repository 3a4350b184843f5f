import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isRequiredArgument,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builder } from '../../src/graphql/builder.ts';
import { SCOPES, type Scope } from '../../src/graphql/context.ts';
import { schema as served } from '../../src/graphql/schema.ts';
import { enforceScopes } from '../../src/graphql/scopes.ts';
import { SseSubscription } from '../support/clients/sse-subscription.ts';
import { WireClient } from '../support/clients/wire-client.ts';
import { describeOnOneDatabase } from '../support/databases/databases.ts';
import { runEvent } from '../support/events/events.ts';
import { SECRET, toToken } from '../support/identity/tokens.ts';
import { startTestService, type TestService } from '../support/services/service.ts';
import { RawWebSocket } from '../support/sockets/raw-web-socket.ts';
import { waitUntil } from '../support/wait-until.ts';

const schema = buildSchema(readFileSync(new URL('../../schema/schema.graphql', import.meta.url), 'utf8'));

/** The scope that each root field needs. A field that is missing here fails the suite. */
const NEEDED: Record<string, Scope | 'any'> = {
  'Mutation.ingestEvents': 'events:ingest',
  'Mutation.recordCoverage': 'events:ingest',
  'Mutation.setNames': 'events:ingest',
  'Mutation.retryQuarantinedEvents': 'events:admin',
  'Mutation.discardQuarantinedEvents': 'events:admin',
  'Query.quarantinedEvents': 'events:admin',
  'Query.viewer': 'any',
  ...Object.fromEntries(
    [
      ...['node', 'nodes', 'eventLog', 'event', 'events', 'app', 'apps', 'appReloads', 'appReloadStats'],
      ...['automation', 'automations', 'automationRun', 'automationRuns', 'automationRunStats'],
      ...['blocks', 'blockStats', 'coverage'],
    ].map((name) => [`Query.${name}`, 'events:read'] as const),
  ),
  ...Object.fromEntries(
    ['eventStored', 'automationRunEnded', 'appChanged', 'appReloadFinished'].map(
      (name) => [`Subscription.${name}`, 'events:read'] as const,
    ),
  ),
};

interface RootField {
  name: string;
  kind: 'query' | 'mutation' | 'subscription';
  operation: string;
}

/** Values of scalar types that do not take every text. */
const VALUES: Record<string, string> = { Int: '0', Date: '"2026-01-01"', NamedKind: 'USER' };

/** Every root field of the printed schema, with an operation that selects it. */
const FIELDS: RootField[] = (['query', 'mutation', 'subscription'] as const).flatMap((kind) => {
  const type = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  }[kind];
  return Object.values(type?.getFields() ?? {}).map((field) => ({
    name: `${type?.name}.${field.name}`,
    kind,
    operation: `${kind} { ${toSelection(field)} }`,
  }));
});

function toSelection({ name, args, type }: GraphQLField<unknown, unknown>): string {
  const required = args.filter(isRequiredArgument).map((arg) => `${arg.name}: ${toValue(arg.type)}`);
  const selection = isLeafType(getNamedType(type)) ? '' : ' { __typename }';
  return `${name}${required.length > 0 ? `(${required.join(', ')})` : ''}${selection}`;
}

/** A value for an argument that has to be there. */
function toValue(type: GraphQLInputType): string {
  if (isNonNullType(type)) return toValue(type.ofType);
  if (isListType(type)) return `[${toValue(type.ofType)}]`;
  if (!isInputObjectType(type)) return VALUES[type.name] ?? '"x"';
  const fields = Object.values(type.getFields()).filter((field) => isNonNullType(field.type));
  const toText = (name: string, fieldType: GraphQLInputType) =>
    // That of the tokens of this suite.
    name === 'tenantId' ? '"one"' : toValue(fieldType);
  return `{ ${fields.map(({ name, type: fieldType }) => `${name}: ${toText(name, fieldType)}`).join(', ')} }`;
}

const codesOf = (errors: { extensions?: { code?: unknown } }[] | undefined) =>
  (errors ?? []).map(({ extensions }) => extensions?.code);

describe('the scopes of root fields', () => {
  test('are known to this suite for every field of the printed schema', () => {
    expect(FIELDS.map(({ name }) => name).sort()).toEqual(Object.keys(NEEDED).sort());
  });

  test('are stated on every field, or the code does not compile', () => {
    // Never called: the compiler checks that each marked line is an error.
    const declareWithoutScope = () => {
      // @ts-expect-error a query states its scope
      builder.queryField('q', (t) => t.string({ resolve: () => '' }));
      // @ts-expect-error a mutation states its scope
      builder.mutationField('m', (t) => t.string({ resolve: () => '' }));
      // @ts-expect-error a scope is one of the known ones
      builder.queryField('s', (t) => t.string({ scope: 'events:write', resolve: () => '' }));
      builder.queryField('ok', (t) => t.string({ scope: 'events:read', resolve: () => '' }));
    };
    expect(declareWithoutScope).toBeTypeOf('function');
  });

  test('are stated on every field, or the schema is not built', () => {
    const built = buildSchema(`type Query { open: String other: String } type Mutation { change: String }
      type Subscription { live: String }`);
    expect(() => enforceScopes(built)).toThrow(
      'Root fields without the option scope: Query.open, Query.other, Mutation.change, Subscription.live.',
    );
    for (const type of [built.getQueryType(), built.getMutationType(), built.getSubscriptionType()]) {
      for (const field of Object.values(type?.getFields() ?? {})) {
        field.extensions = { pothosOptions: { scope: 'any token' } };
      }
    }
    expect(enforceScopes(built)).toBe(built);
    expect(served.getQueryType()?.getFields().apps?.extensions.pothosOptions?.scope).toBe('events:read');
  });
});

describeOnOneDatabase('a caller', (kind) => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService(kind, { AUTH_JWT_SECRET: SECRET });
    await service.client.with(await toToken()).ingest(runEvent('one'));
  });
  afterAll(() => service.close());

  /**
   * The codes of the answer to an operation over HTTP, SSE and a WebSocket. A subscription has no
   * answer over plain HTTP.
   */
  async function ask({ kind: operationKind, operation }: RootField, scopes: readonly Scope[]) {
    const token = await toToken({ scope: scopes.join(' ') });
    const socket = await RawWebSocket.init(service.url, { authorization: `Bearer ${token}` });
    const started = socket.start(operation);
    if (operationKind !== 'subscription') {
      const overSocket = await socket.codesOf(started);
      socket.socket.terminate();
      const { errors } = await service.client.with(token).request(operation);
      const wire = new WireClient({ url: service.url, token });
      const { body } = await wire.ask('SSE', operation);
      expect(codesOf(JSON.parse(body).errors), 'SSE').toEqual(codesOf(errors));
      return { http: codesOf(errors), socket: overSocket };
    }
    const stream = new SseSubscription(service.url, undefined, operation, {}, undefined, undefined, token);
    // Both deliver nothing where they are let in; an event then shows that they are open.
    await waitUntil(async () => {
      if (stream.received.length > 0 && socket.of(started).length > 0) return true;
      await service.client.with(await toToken()).ingest(runEvent('one'), APP_RELOAD());
      return false;
    });
    const overSocket = await socket.codesOf(started);
    socket.socket.terminate();
    await stream.close();
    return { http: codesOf(stream.received[0].errors), socket: overSocket };
  }

  test.each(FIELDS)('without a token is refused $name', async ({ kind: operationKind, operation }) => {
    for (const accept of operationKind === 'subscription'
      ? ['text/event-stream']
      : ['application/json', '*/*', 'text/event-stream']) {
      const response = await fetch(`${service.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept },
        body: JSON.stringify({ query: operation }),
      });
      expect(response.status).toBe(401);
      const { data, errors } = (await response.json()) as { data?: unknown; errors: [] };
      expect(data).toBeUndefined();
      expect(codesOf(errors)).toEqual(['UNAUTHENTICATED']);
    }
    const socket = new RawWebSocket(service.url);
    await waitUntil(() => socket.isOpen);
    socket.send({ type: 'connection_init' });
    socket.start(operation);
    await waitUntil(() => socket.closeCode !== undefined);
    expect([4401, 4403]).toContain(socket.closeCode);
    expect(socket.messages).toEqual([]);
  });

  test.each(FIELDS)('may ask for $name with its scope, and with no other', async (field) => {
    const needed = NEEDED[field.name];
    const others = SCOPES.filter((scope) => scope !== needed);
    const granted = needed === undefined || needed === 'any' ? [] : [needed];
    const withOthers = await ask(field, others);
    const withIt = await ask(field, granted);
    if (needed !== 'any') expect(withOthers).toEqual({ http: ['FORBIDDEN'], socket: ['FORBIDDEN'] });
    else expect(withOthers).toEqual({ http: [], socket: [] });
    expect([...withIt.http, ...withIt.socket]).not.toContain('FORBIDDEN');
  });

  test('reads its scopes from a text, from a list, or from both, and ignores unknown ones', async () => {
    const scopesOf = async (claims: Record<string, unknown>) =>
      (await service.client.with(await toToken(claims)).data('{ viewer { scopes subject } }')).viewer;
    expect(await scopesOf({ scope: 'events:read openid  events:admin', sub: 'me' })).toEqual({
      scopes: ['events:read', 'events:admin'],
      subject: 'me',
    });
    expect(await scopesOf({ scope: undefined, scopes: ['events:ingest', 'other', 7] })).toEqual({
      scopes: ['events:ingest'],
      subject: null,
    });
    expect((await scopesOf({ scope: 'events:read', scopes: ['events:ingest'] })).scopes).toHaveLength(2);
    expect((await scopesOf({ scope: 'events:readevents:ingest EVENTS:READ' })).scopes).toEqual([]);
    expect((await scopesOf({ scope: 42, scopes: 'events:read' })).scopes).toEqual([]);
    expect((await scopesOf({ scope: undefined })).scopes).toEqual([]);
  });

  test('with events:ingest alone may select everything below the payload of ingestEvents', async () => {
    const client = service.client.with(await toToken({ scope: 'events:ingest' }));
    const { ingestEvents } = await client.data(
      `mutation ($event: JSON!) { ingestEvents(input: { events: [$event] }) { receipts { outcome
        event { position raw ... on AutomationRunEndedEvent { run { runId automation { runs { totalCount } } } } } } } }`,
      { event: runEvent('one') },
    );
    expect(ingestEvents.receipts[0].outcome).toBe('STORED');
    expect(ingestEvents.receipts[0].event.run.automation.runs.totalCount).toBeGreaterThan(0);
    const { errors } = await client.request('{ viewer { subject } eventLog { headPosition } }');
    expect(codesOf(errors)).toEqual(['FORBIDDEN']);
  });
});

const APP_RELOAD = () => ({
  ...{ specversion: '1.0', id: `reload-${Math.random()}`, source: 'com.qlik/engine', tenantid: 'one' },
  ...{ type: 'com.qlik.v1.app.reload.finished', time: '2026-01-01T00:00:00Z', toplevelresourceid: 'app-1' },
  data: {
    appId: 'app-1',
    reloadId: `reload-${Math.random()}`,
    endTime: '2026-01-01T00:00:00Z',
    status: 'ok',
  },
});
