import { sql } from 'drizzle-orm';
import { getTableConfig } from 'drizzle-orm/pg-core';
import type { EventIdentity } from '../../domain/events/parse-event.ts';
import type { Instant } from '../../domain/values/instant.ts';
import { join } from '../database/bulk.ts';
import type { Queries } from '../database/database.ts';
import { run } from '../database/statements.ts';
import { toInstantFromText } from '../tables/columns.ts';
import { events } from '../tables/log-tables.ts';

export interface LoggedEvent {
  position: number;
  identity: EventIdentity & { tenantId: string };
  eventKey: string;
  receivedAt: Instant;
  /** The text as sent; undefined if it has been pruned. */
  rawText: string | undefined;
  /** The row by column name, with every value as text. */
  row: Readonly<Record<string, unknown>>;
}

/** The part of a log to read: after one position, through another. */
export interface LogRange {
  tenantId: string;
  after: number;
  through: number;
}

/** Most bytes of a batch, without its last event. */
const MAX_BYTES = 16_000_000;

const { columns } = getTableConfig(events);
const names = join(columns.map(({ name }) => sql.identifier(name)));
/** Values are read as text and compared with the text that this version would write. */
const texts = join(columns.map(({ name }) => sql`${sql.identifier(name)}::text`));

/** Reads the next events of a log: at most `limit`, and fewer if they are large. */
export async function readLogBatch(
  queries: Queries,
  { tenantId, after, through }: LogRange,
  limit: number,
): Promise<LoggedEvent[]> {
  const rows = await run(
    queries,
    sql`select ${names} from (
          select *, sum(octet_length(raw)) over (order by place rows between unbounded preceding and 1 preceding) as before
          from (select position as place, ${texts} from events
            where tenant_id = ${tenantId} and position > ${after} and position <= ${through}
            order by place limit ${limit}) page) sized
        where coalesce(before, 0) < ${MAX_BYTES} order by place`,
  );
  return rows.map((row) => ({
    position: Number(row.position),
    identity: {
      tenantId: String(row.tenant_id),
      source: String(row.source),
      typeKey: String(row.type_key),
      eventId: String(row.event_id),
    },
    eventKey: String(row.event_key),
    receivedAt: toInstantFromText(String(row.received_at)),
    rawText: row.raw === null ? undefined : String(row.raw),
    row,
  }));
}
