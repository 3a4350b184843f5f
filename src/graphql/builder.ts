import SchemaBuilder from '@pothos/core';
import type { Day } from '../domain/values/calendar-day.ts';
import type { Instant } from '../domain/values/instant.ts';
import type { JsonValue } from '../domain/values/json.ts';
import type { GraphContext } from './context.ts';

/** The schema builder. Every file of this room adds its types and fields to it. */
export const builder = new SchemaBuilder<{
  Context: GraphContext;
  Scalars: {
    ID: { Input: string; Output: string };
    Date: { Input: Day; Output: Day };
    DateTime: { Input: Instant; Output: Instant };
    SafeInt: { Input: number; Output: number };
    JSON: { Input: JsonValue; Output: unknown };
  };
}>({});

/** The types that the builder was created with, for the signatures of helpers. */
export type TypesOf = typeof builder extends PothosSchemaTypes.SchemaBuilder<infer Types> ? Types : never;

builder.queryType({ description: 'Everything that can be read. Each field reads the rows of one tenant.' });
builder.mutationType({
  description: 'Stores events, names and compared days, and retries or discards quarantined events.',
});
builder.subscriptionType({
  description:
    "Streams of the tenant's event log. A stream starts at the end of the log, or right after the cursor `after`. It delivers every matching event exactly once, in log order, with no gap between stored and new events. A client that reconnects with its last cursor misses nothing.",
});
