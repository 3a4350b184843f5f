import { readFileSync } from 'node:fs';
import {
  buildSchema,
  findBreakingChanges,
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
  printSchema,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { schema } from '../../src/graphql/schema.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

describe('the schema', () => {
  it('is printed to schema/schema.graphql', () => {
    expect(read('../../schema/schema.graphql')).toBe(`${printSchema(schema)}\n`);
  });

  it('has everything that the contract has', () => {
    const contract = buildSchema(read('./schema.graphql'));
    expect(findBreakingChanges(contract, schema)).toEqual([]);
  });

  it('describes every type, field, argument and enum value', () => {
    const types = Object.values(schema.getTypeMap()).filter(
      (type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
    );
    const elements = types.flatMap(listElements);
    expect(elements.length).toBeGreaterThan(400);
    expect(elements.filter(({ description }) => !description).map(({ name }) => name)).toEqual([]);
  });
});

interface Element {
  name: string;
  description: string | null | undefined;
}

function listElements(type: GraphQLNamedType): Element[] {
  const own = { name: type.name, description: type.description };
  if (isEnumType(type)) {
    const values = type.getValues();
    return [own, ...values.map(({ name, description }) => ({ name: `${type.name}.${name}`, description }))];
  }
  if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) return [own];
  const fields = Object.values(type.getFields());
  const args = fields.flatMap((field) =>
    'args' in field
      ? field.args.map(({ name, description }: Element) => ({
          name: `${type.name}.${field.name}(${name}:)`,
          description,
        }))
      : [],
  );
  return [
    own,
    ...fields.map(({ name, description }) => ({ name: `${type.name}.${name}`, description })),
    ...args,
  ];
}
