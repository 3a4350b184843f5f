import { RECORD_COVERAGE } from 'qlik-event-graph-ingest/documents';
import { toEventType, toTypeKey } from '../../domain/events/event-types.ts';
import type { DemoClient } from './demo-client.ts';
import type { TenantHistory } from './history/generate-history.ts';
import type { DemoTenant } from './history/world.ts';

/** The days on which the audit log has more events than the service, and how many more. */
const GAPS: ReadonlyMap<number, number> = new Map([
  [9, 14],
  [26, 3],
]);
/** The days that no backfill has compared. Days are counted back from today, which is 0. */
const UNCHECKED = [0, 17, 18];

/** Records how the days of a tenant's history compare with the audit log. */
export async function recordDays(
  client: DemoClient,
  { tenantId }: DemoTenant,
  { events, recovered }: TenantHistory,
  untilMs: number,
): Promise<void> {
  const counts = new Map<string, number>();
  for (const { ms, event } of [...events, ...recovered]) {
    const typeName = String(event.type ?? event.eventType);
    if (toEventType(toTypeKey(typeName)) === 'OTHER') continue;
    counts.set(toDay(ms), (counts.get(toDay(ms)) ?? 0) + 1);
  }
  const days = [...counts].flatMap(([date, storedCount]) => {
    const daysAgo = Math.round((Date.parse(toDay(untilMs)) - Date.parse(date)) / 86_400_000);
    if (UNCHECKED.includes(daysAgo)) return [];
    return [{ tenantId, date, storedCount, upstreamCount: storedCount + (GAPS.get(daysAgo) ?? 0) }];
  });
  if (days.length > 0) await client.ask(RECORD_COVERAGE, { days });
}

function toDay(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
