import type { GraphqlClient } from '../clients/graphql-client.ts';

const PAGE = `query ($after: String) { events(first: 100, after: $after, orderBy: { field: POSITION, direction: ASC }) {
  pageInfo { hasNextPage endCursor } nodes { eventId position } } }`;

/** Reads the whole log of a tenant: ids and positions, in order. */
export async function readStored(client: GraphqlClient): Promise<{ eventId: string; position: number }[]> {
  const stored: { eventId: string; position: number }[] = [];
  for (let after: string | null = null; ; ) {
    const { events } = await client.data(PAGE, { after });
    stored.push(...events.nodes);
    if (!events.pageInfo.hasNextPage) return stored;
    after = events.pageInfo.endCursor;
  }
}
