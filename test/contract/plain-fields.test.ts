import { type GraphQLFieldResolver, isObjectType } from 'graphql';
import { expect, it } from 'vitest';
import { schema } from '../../src/graphql/schema.ts';

type Resolver = GraphQLFieldResolver<Record<string, unknown>, unknown>;

/** Whether a resolver returns the property of a name, whatever its value, and reads no other. */
function isCopy(resolve: Resolver, name: string): boolean {
  return [Symbol('value'), null, ''].every((value) => returns(resolve, name, value));
}

function returns(resolve: Resolver, name: string, value: unknown): boolean {
  const read: unknown[] = [];
  const parent = new Proxy(
    {},
    {
      get(_, property) {
        read.push(property);
        return value;
      },
    },
  );
  try {
    const result = resolve(parent, {}, {}, {} as never);
    if (result instanceof Promise) result.catch(() => undefined);
    return result === value && read.length === 1 && read[0] === name;
  } catch {
    return false;
  }
}

it('no field has a resolver that only returns the property of its name', () => {
  expect(isCopy((run) => run.title, 'title')).toBe(true);
  expect(isCopy((run) => run.title ?? [], 'title')).toBe(false);
  const fields = Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type))
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })));
  expect(fields.filter(({ field }) => field.resolve === undefined).length).toBeGreaterThan(100);
  // Compiled execution calls a resolver for each value, but reads a property without a call.
  const copies = fields.filter(({ field }) => field.resolve && isCopy(field.resolve, field.name));
  expect(copies.map(({ type, field }) => `${type.name}.${field.name}`)).toEqual([]);
});

it('a field without a resolver that states its columns has the name of its column', () => {
  const type = schema.getType('AutomationRun');
  const fields = isObjectType(type) ? Object.values(type.getFields()) : [];
  const plain = fields.filter(({ resolve, extensions }) => resolve === undefined && extensions.columns);
  expect(plain.length).toBeGreaterThan(10);
  expect(plain.map(({ extensions }) => extensions.columns)).toEqual(plain.map(({ name }) => [name]));
});
