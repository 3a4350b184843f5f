import { sql } from 'drizzle-orm';
import { toMerged } from '../../domain/merge/merge.ts';
import { toArrayText } from '../database/bulk.ts';
import type { Queries } from '../database/database.ts';
import { run } from '../database/statements.ts';
import { toReloadKey } from '../tables/app-reload-row.ts';
import { toOriginsJson } from '../tables/origins-json.ts';
import { inSchema } from './projections.ts';
import type { RereadEvent } from './reread-event.ts';

/**
 * Updates the type keys that this version derives differently, in the log and in the events
 * just read. Events of unmodelled types keep their key, because nothing is read from them. So
 * does an event whose new key belongs to another event: both stay in the log.
 */
export async function takeTypeKeys(
  transaction: Queries,
  tenantId: string,
  reread: readonly RereadEvent[],
): Promise<void> {
  const renamed = reread.flatMap(({ position, read, typeKey }) =>
    read === undefined ||
    typeKey === undefined ||
    typeKey === read.event.typeKey ||
    read.event.type === 'OTHER'
      ? []
      : [{ position, typeKey, event: read.event }],
  );
  if (renamed.length === 0) return;
  const positions = toArrayText(renamed.map(({ position }) => position));
  const typeKeys = toArrayText(renamed.map(({ typeKey }) => typeKey));
  const rows = await run(
    transaction,
    sql`with free as (
          select distinct on (e.event_key, w.type_key) e.position, w.type_key
          from unnest(${positions}::bigint[], ${typeKeys}::text[]) as w(position, type_key)
          join events e on e.tenant_id = ${tenantId} and e.position = w.position
          where not exists (select from events o where o.tenant_id = ${tenantId}
            and o.event_key = e.event_key and o.type_key = w.type_key)
          order by e.event_key, w.type_key, e.position)
        update events e set type_key = free.type_key from free
        where e.tenant_id = ${tenantId} and e.position = free.position returning e.position`,
  );
  const taken = new Set(rows.map(({ position }) => Number(position)));
  for (const { position, typeKey, event } of renamed) if (taken.has(position)) event.typeKey = typeKey;
}

/**
 * Updates the keys of the service's rows of reloads that older versions wrote, so that events
 * find them before the new tables are in place. A row whose new key belongs to another row
 * keeps its own; the event then refers to the other row.
 */
export async function renameReloads(
  transaction: Queries,
  home: string,
  tenantId: string,
  changed: readonly RereadEvent[],
): Promise<void> {
  const renamed = changed.flatMap(({ read }) => {
    const reloadKey = read && toReloadKey(read.event);
    if (read === undefined || reloadKey === undefined || reloadKey === read.eventKey) return [];
    const origins = toOriginsJson(toMerged({}, read.event).origins);
    return [{ reloadKey, eventKey: read.eventKey, time: read.event.time, origins }];
  });
  if (renamed.length === 0) return;
  const reloads = inSchema(home, 'app_reloads');
  const toTexts = (key: keyof (typeof renamed)[number]) =>
    sql`${toArrayText(renamed.map((row) => row[key]))}::text[]`;
  await run(
    transaction,
    sql`update ${reloads} r set reload_key = w.reload_key, event_key = w.event_key,
          last_event_at = w.time::timestamptz, origins = w.origins::json
        from (select distinct on (reload_key) *
              from unnest(${toTexts('reloadKey')}, ${toTexts('eventKey')}, ${toTexts('time')}, ${toTexts('origins')})
                as rows(reload_key, event_key, time, origins)
              order by reload_key, event_key) w
        where r.tenant_id = ${tenantId} and r.reload_key = w.event_key and r.origins is null
          and not exists (select from ${reloads} o where o.tenant_id = ${tenantId} and o.reload_key = w.reload_key)`,
  );
}
