import { sql } from 'drizzle-orm';
import { getTableConfig } from 'drizzle-orm/pg-core';
import type { EventIdentity } from '../../domain/events/parse-event.ts';
import type { Instant } from '../../domain/values/instant.ts';
import { type Queries, run } from '../database/database.ts';
import { join } from '../database/recordset.ts';
import { toInstantFromText } from '../tables/columns.ts';
import { events } from '../tables/log-tables.ts';

/** An event as it stands in the log. */
export interface LoggedEvent {
  position: number;
  identity: EventIdentity & { tenantId: string };
  eventKey: string;
  receivedAt: Instant;
  /** The text as sent; undefined where it has been pruned. */
  rawText: string | undefined;
  /** Its row by the names of the columns, as texts. */
  row: Readonly<Record<string, unknown>>;
}

/** The part of a tenant's log to read: after one position, up to and with another one. */
export interface LogRange {
  tenantId: string;
  after: number;
  through: number;
}

/** Most bytes of one batch's events together, the last one apart. */
const MAX_BYTES = 16_000_000;

const { columns } = getTableConfig(events);
const names = join(columns.map(({ name }) => sql.identifier(name)));
/** As texts: whatever reads them, the code compares them with what it would write. */
const texts = join(columns.map(({ name }) => sql`${sql.identifier(name)}::text`));

/** Reads the next events of a log, at most `limit`, and fewer where they are large. */
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
