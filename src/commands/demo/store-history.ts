import { toCountText } from 'qlik-event-graph-ingest/console/format';
import { openStatusLine } from 'qlik-event-graph-ingest/console/status-line';
import { toChunks } from '../../domain/chunks.ts';
import type { DemoClient } from './demo-client.ts';
import { generateHistory, type TenantHistory } from './history/generate-history.ts';
import type { DemoEvent } from './history/runs.ts';
import type { DemoTenant } from './history/world.ts';
import { recordDays } from './record-days.ts';
import { sendNames } from './send-names.ts';

const SEED = 20_261;
const BATCH = 1_000;
export const HISTORY_DAYS = 60;

/** What is stored of a demo before it is ready. */
export interface HistoryPlan {
  tenants: readonly DemoTenant[];
  untilMs: number;
  /** The part of the usual history. */
  share: number;
}

/** Stores the past of all tenants, and shows the progress. Returns the number of events sent. */
export async function storeHistory(client: DemoClient, plan: HistoryPlan): Promise<number> {
  const { tenants, untilMs, share } = plan;
  const status = openStatusLine();
  const options = { seed: SEED, untilMs, days: HISTORY_DAYS, share };
  const histories = tenants.map((tenant) => ({ tenant, history: generateHistory(tenant, options) }));
  const total = histories.reduce((sum, { history }) => sum + countEvents(history), 0);
  let sent = 0;
  const send = async (events: readonly DemoEvent[], origin: 'RELAY' | 'BACKFILL') => {
    for (const batch of toChunks(events, () => 1, BATCH)) {
      await client.post(batch, origin);
      sent += batch.length;
      status.update(() => `storing the history: ${toCountText(sent)} of ${toCountText(total)} events`);
    }
  };
  await sendNames(client, tenants);
  // The tenants send at the same time, each in the order of its events.
  await Promise.all(
    histories.map(async ({ history }) => {
      await send(history.events, 'RELAY');
      await send(history.recovered, 'BACKFILL');
      await send(history.unusable, 'RELAY');
    }),
  );
  for (const { tenant, history } of histories) await recordDays(client, tenant, history, untilMs);
  status.clear();
  return sent;
}

function countEvents({ events, recovered, unusable }: TenantHistory): number {
  return events.length + recovered.length + unusable.length;
}
