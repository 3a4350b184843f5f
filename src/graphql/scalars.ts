import { Kind, print, type ValueNode, valueFromASTUntyped } from 'graphql';
import { Refusal } from '../domain/refusal.ts';
import { type Instant, parseRfc3339 } from '../domain/values/instant.ts';
import type { JsonValue } from '../domain/values/json.ts';
import { builder } from './builder.ts';
import { toGraphqlError } from './refusal-error.ts';

const badInput = (message: string, nodes?: ValueNode) =>
  toGraphqlError(new Refusal('BAD_USER_INPUT', message), {}, { nodes: nodes ?? null });

/** Reads a literal as the same value in a variable is read; what is wrong is told with its place, which graphql-js leaves to this. */
const asLiteral =
  <T>(name: string, parse: (value: unknown) => T) =>
  (node: ValueNode): T => {
    try {
      return parse(valueFromASTUntyped(node));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw badInput(`Expected value of type "${name}", found ${print(node)}; ${reason}`, node);
    }
  };

function parseDateTime(value: unknown): Instant {
  const instant = typeof value === 'string' ? parseRfc3339(value) : undefined;
  if (instant !== undefined) return instant;
  throw badInput('A DateTime is an RFC 3339 date and time with an offset, such as 2026-11-22T09:30:00Z.');
}

function parseSafeInt(value: unknown): number {
  if (Number.isSafeInteger(value)) return value as number;
  throw badInput('A SafeInt is a whole number within ±(2^53−1).');
}

builder.scalarType('DateTime', {
  description:
    'An instant (RFC 3339), printed in UTC with milliseconds: 2026-11-22T09:30:00.000Z. Input needs date, time and offset, takes any offset and is cut to the millisecond.',
  serialize: (value) => value,
  parseValue: parseDateTime,
  parseLiteral: asLiteral('DateTime', parseDateTime),
});

builder.scalarType('SafeInt', {
  description:
    'A whole number within ±(2^53−1), sent as a JSON number. A sum that leaves that range is a field error (OUT_OF_RANGE), never a rounded value.',
  serialize: (value) => value,
  parseValue: parseSafeInt,
  parseLiteral: asLiteral('SafeInt', parseSafeInt),
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
      throw badInput('A JSON literal has no enum values; quote the text.', node);
  }
}
