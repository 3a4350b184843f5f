import { buildSchema, isInterfaceType, isObjectType, isRequiredArgument } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppRef } from '../../src/graphql/apps/app-ref.ts';
import { builder } from '../../src/graphql/builder.ts';
import { connectionType } from '../../src/graphql/connections/connection.ts';
import { listType, PAGE_COST, requireListCosts } from '../../src/graphql/connections/list-cost.ts';
import { EventConnection } from '../../src/graphql/events/event.ts';
import { schema } from '../../src/graphql/schema.ts';
import { startTestService, type TestService } from '../support/services/service.ts';

describe('the cost of lists', () => {
  it('is required for connections, lists and statistics, or the code does not compile', () => {
    // Never called: the compiler checks that each marked line is an error.
    const declareWithoutCosts = () => {
      // @ts-expect-error a connection has a cost
      connectionType('App', AppRef, 'apps');
      // @ts-expect-error a list has a cost
      listType([AppRef]);
      const Apps = listType([AppRef], PAGE_COST);
      const scope = 'events:read';
      builder.queryField('withCost', (t) => t.field({ scope, ...Apps.field, resolve: () => [] }));
      // @ts-expect-error the type of a list cannot be used without its cost
      builder.queryField('connection', (t) => t.field({ scope, type: EventConnection, resolve: () => null }));
      // @ts-expect-error neither can the type of a list of statistics
      builder.queryField('statistics', (t) => t.field({ scope, type: Apps, resolve: () => null }));
    };
    expect(declareWithoutCosts).toBeTypeOf('function');
  });

  it.each([
    ['a list', '[App]'],
    ['a list that is never null', '[App!]!'],
    ['a list of lists', '[[App!]!]!'],
    ['a list of an interface', '[Node]'],
    ['a list of a union', '[Either]'],
    ['a connection', 'AppConnection'],
    ['a connection that is never null', 'AppConnection!'],
  ])('is required for %s, or the schema is not built', (_, type) => {
    const toSchema = (name: string) =>
      buildSchema(`type Query { app: App node: Node either: Either names: [String!]! ${name}: ${type} }
        interface Node { id: ID! } type App implements Node { id: ID! } union Either = App | Query
        type AppConnection { pageInfo: PageInfo! } type PageInfo { hasNextPage: Boolean! }`);
    const built = toSchema('found');
    expect(() => requireListCosts(built)).toThrow('Lists of objects without extensions.cost: Query.found.');
    const field = built.getQueryType()?.getFields().found;
    if (field !== undefined) field.extensions = { cost: PAGE_COST };
    expect(requireListCosts(built)).toBe(built);
  });

  it('is required in interfaces and payloads too', () => {
    const built = buildSchema(`type Query { node: Node } interface Node { all: [Query] }
      type Mutation { change: Payload } type Payload implements Node { all: [Query] }`);
    expect(() => requireListCosts(built)).toThrow('Node.all, Payload.all.');
  });

  it.each([
    ['no cost', undefined, false],
    ['the cost of a page', PAGE_COST, false],
    ['a cost per item of another list', { perItemOf: 'others' }, false],
    ['a cost per item of the list', { perItemOf: 'ids' }, true],
  ])('is required of a mutation that handles a list, which has %s', (_title, cost, isEnough) => {
    const built = buildSchema(`type Query { name: String } input ChangeInput { ids: [ID!]! note: String }
      type Mutation { change(input: ChangeInput!): Boolean rename(input: NoteInput!): Boolean } input NoteInput { note: ID }`);
    const field = built.getMutationType()?.getFields().change;
    if (field !== undefined && cost !== undefined) field.extensions = { cost };
    if (isEnough) expect(requireListCosts(built)).toBe(built);
    else expect(() => requireListCosts(built)).toThrow('without a cost per item: change.');
  });

  it('is stated by every list of the schema', () => {
    const fields = Object.values(schema.getTypeMap()).flatMap((type) =>
      isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [],
    );
    const costs = fields.map(({ extensions }) => extensions.cost).filter((cost) => typeof cost === 'object');
    expect(costs.length).toBeGreaterThan(15);
  });
});

describe('the cost of a list at the root', () => {
  let service: TestService;
  beforeAll(async () => {
    service = await startTestService('postgres');
  });
  afterAll(() => service.close());

  const lists = Object.values(schema.getQueryType()?.getFields() ?? {}).flatMap(
    (field): [name: string, max: number][] => {
      const { cost } = field.extensions;
      const hasSize = field.args.some(({ name }) => name === 'first') && !field.args.some(isRequiredArgument);
      return typeof cost === 'object' && 'max' in cost && hasSize ? [[field.name, cost.max]] : [];
    },
  );

  it('is known for all of them', () => {
    expect(lists.length).toBeGreaterThan(9);
  });

  it.each(lists)('%s returns at most %i rows, as its cost says', async (name, max) => {
    const ask = (first: number) =>
      service.client.as('tenant').request(`{ ${name}(first: ${first}) { __typename } }`);
    expect((await ask(max)).errors).toBeUndefined();
    expect((await ask(max + 1)).errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });
});
