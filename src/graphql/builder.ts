import SchemaBuilder from '@pothos/core';
import type { Instant } from '../domain/values/instant.ts';
import type { JsonValue } from '../domain/values/json.ts';
import type { GraphContext } from './context.ts';

/** The schema under construction; every file of this room adds to it. */
export const builder = new SchemaBuilder<{
  Context: GraphContext;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Instant; Output: Instant };
    SafeInt: { Input: number; Output: number };
    JSON: { Input: JsonValue; Output: unknown };
  };
}>({});

builder.queryType({ description: 'Everything that can be read. Every field acts for one tenant.' });
builder.mutationType({ description: 'The way in.' });
builder.subscriptionType({
  description:
    "Live views of the tenant's log. Each starts at the log's end, or right after `after`, and then delivers every matching event exactly once, in log order, with no gap between the past and the live part. A client that reconnects with its last cursor loses nothing.",
});
