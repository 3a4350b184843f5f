import { openStatusLine } from 'qlik-event-graph-ingest/console/status-line';
import { Obstacle } from '../back-off.ts';
import type { BackfillOptions } from '../backfill-options.ts';
import { QlikTenant } from '../qlik-tenant.ts';
import { ServiceClient } from '../service-client.ts';
import { sendNames } from './send-names.ts';

const UPDATE_EVERY_MS = 200;

/** Sets names and sends no events. Returns the exit status, or 'interrupted' if `signal` aborts. */
export async function runNames(
  options: BackfillOptions,
  signal: AbortSignal,
): Promise<number | 'interrupted'> {
  const status = openStatusLine();
  const qlik = new QlikTenant({ ...options, stop: signal });
  const service = new ServiceClient({ ...options, stop: signal });
  const update = () => {
    const reason = qlik.waitsFor ?? service.waitsFor;
    return reason === undefined ? 'reading names' : `reading names, waiting: ${reason}`;
  };
  const updating = setInterval(() => status.update(update), UPDATE_EVERY_MS);
  try {
    const { isDryRun } = options;
    const summary = await sendNames({ qlik, service, isDryRun, tenantIds: new Set(), warn: status.print });
    process.stdout.write(summary);
    return 0;
  } catch (failure) {
    if (signal.aborted) {
      status.print('Interrupted.');
      return 'interrupted';
    }
    if (!(failure instanceof Obstacle)) throw failure;
    status.print(failure.message);
    return 2;
  } finally {
    clearInterval(updating);
    status.clear();
  }
}
