import { GraphQLError, Kind, type ValueNode } from 'graphql';
import { parseInstant } from '../domain/instant.ts';
import type { JsonValue } from '../domain/json.ts';
import { builder } from './builder.ts';

const badInput = (message: string) => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });

builder.scalarType('DateTime', {
  description:
    'An instant (RFC 3339), printed in UTC with milliseconds: 2026-11-22T09:30:00.000Z. Input needs date, time and offset, takes any offset and is cut to the millisecond.',
  serialize: (value) => value,
  parseValue: (value) => {
    const parsed = typeof value === 'string' ? parseInstant(value) : undefined;
    if (parsed?.zoned) return parsed.instant;
    throw badInput('A DateTime is an RFC 3339 date and time with an offset, such as 2026-11-22T09:30:00Z.');
  },
});

builder.scalarType('SafeInt', {
  description:
    'A whole number within ±(2^53−1), sent as a JSON number. A sum that leaves that range is a field error (OUT_OF_RANGE), never a rounded value.',
  serialize: (value) => value,
  parseValue: (value) => {
    if (Number.isSafeInteger(value)) return value as number;
    throw badInput('A SafeInt is a whole number within ±(2^53−1).');
  },
});

builder.scalarType('JSON', {
  description: 'Any JSON value.',
  serialize: (value) => value,
  parseValue: (value) => value as JsonValue,
  parseLiteral: (node, variables) => toJson(node, variables ?? {}),
});

/** A literal of the query language as the JSON value it stands for. */
function toJson(node: ValueNode, variables: Record<string, unknown>): JsonValue {
  switch (node.kind) {
    case Kind.STRING:
    case Kind.BOOLEAN:
      return node.value;
    case Kind.INT:
    case Kind.FLOAT:
      return Number(node.value);
    case Kind.LIST:
      return node.values.map((value) => toJson(value, variables));
    case Kind.OBJECT:
      return Object.fromEntries(node.fields.map(({ name, value }) => [name.value, toJson(value, variables)]));
    case Kind.VARIABLE:
      return (variables[node.name.value] ?? null) as JsonValue;
    case Kind.NULL:
      return null;
    case Kind.ENUM:
      throw badInput('A JSON literal has no enum values; quote the text.');
  }
}
