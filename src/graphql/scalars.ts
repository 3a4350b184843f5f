import { Kind, print, type ValueNode, valueFromASTUntyped } from 'graphql';
import { Refusal } from '../domain/refusal.ts';
import { type Day, parseDay } from '../domain/values/calendar-day.ts';
import { type Instant, parseRfc3339 } from '../domain/values/instant.ts';
import type { JsonValue } from '../domain/values/json.ts';
import { builder } from './builder.ts';
import { toGraphqlError } from './refusal-error.ts';

const badInput = (message: string, nodes?: ValueNode) =>
  toGraphqlError(new Refusal('BAD_USER_INPUT', message), {}, { nodes: nodes ?? null });

/**
 * Parses a literal with the parser for variables. Errors contain the location of the literal, which
 * graphql-js does not add for custom scalars.
 */
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

function parseDate(value: unknown): Day {
  const day = typeof value === 'string' ? parseDay(value) : undefined;
  if (day !== undefined) return day;
  throw badInput('A Date is a day of the calendar, such as 2026-11-28.');
}

function parseSafeInt(value: unknown): number {
  if (Number.isSafeInteger(value)) return value as number;
  throw badInput('A SafeInt is a whole number within ±(2^53−1).');
}

builder.scalarType('DateTime', {
  description:
    'An instant in RFC 3339, returned in UTC with milliseconds: 2026-11-22T09:30:00.000Z. Input needs a date, a time and an offset. Any offset is accepted, and fractions below a millisecond are cut off.',
  serialize: (value) => value,
  parseValue: parseDateTime,
  parseLiteral: asLiteral('DateTime', parseDateTime),
});

builder.scalarType('Date', {
  description: 'A day of the calendar: 2026-11-28.',
  serialize: (value) => value,
  parseValue: parseDate,
  parseLiteral: asLiteral('Date', parseDate),
});

builder.scalarType('SafeInt', {
  description:
    'A whole number within ±(2^53−1), sent as a JSON number. A sum outside that range is the field error OUT_OF_RANGE, never a rounded value.',
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

/** Converts a literal of a GraphQL document to the JSON value that it denotes. */
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
      throw badInput('A JSON literal cannot contain enum values; quote the text.', node);
  }
}
