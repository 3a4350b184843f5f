import { eq, getTableColumns } from 'drizzle-orm';
import { blocks } from '../tables.ts';
import type { Listing } from './list-page.ts';

const { blockNameKey: _blockNameKey, automationId: _automationId, ...columns } = getTableColumns(blocks);

/** A block as it is read. */
export type BlockRecord = Omit<typeof blocks.$inferSelect, 'blockNameKey' | 'automationId'>;

/** The blocks of all runs of a tenant, those of the newest run first, each run's in their order. */
export function toBlockListing(tenantId: string): Listing<BlockRecord> {
  return {
    connection: 'Query.blocks',
    table: blocks,
    columns,
    where: eq(blocks.tenantId, tenantId),
    order: 'RUN_OCCURRED_AT DESC',
    terms: [
      {
        expression: blocks.runOccurredAt,
        direction: 'desc',
        nullable: false,
        kind: 'instant',
        valueOf: (block) => block.runOccurredAt,
      },
      {
        expression: blocks.runId,
        direction: 'desc',
        nullable: false,
        kind: 'text',
        valueOf: (block) => block.runId,
      },
      {
        expression: blocks.ordinal,
        direction: 'asc',
        nullable: false,
        kind: 'ordinal',
        valueOf: (block) => block.ordinal,
      },
    ],
  };
}
