import { pino } from 'pino';
import { toDurationText, toEventsText } from 'qlik-event-graph-ingest/console/format';
import { parseConfig } from '../../config.ts';
import { startService } from '../../server.ts';
import { DemoClient } from './demo-client.ts';
import { openDemoFolder } from './demo-folder.ts';
import type { DemoOptions } from './demo-options.ts';
import { DEMO_TENANTS } from './history/demo-tenants.ts';
import { HISTORY_DAYS, storeHistory } from './store-history.ts';
import { streamEvents } from './stream-events.ts';

/**
 * Starts the service on a temporary database, stores the history, and sends events until `stop`
 * aborts. Then deletes the data. Returns the exit status.
 */
export async function runDemo(options: DemoOptions, stop: AbortSignal): Promise<number> {
  await runInFolder(options, stop);
  process.stdout.write('Stopped. The data is deleted.\n');
  return 0;
}

async function runInFolder({ port, share }: DemoOptions, stop: AbortSignal): Promise<void> {
  const startedAt = performance.now();
  await using folder = await openDemoFolder();
  // Other settings of the environment are for the service, and must not reach its database.
  const config = parseConfig({ PORT: port, DATA_DIR: folder.path, LOG_LEVEL: 'error' });
  process.stdout.write('Starting the service on a temporary database ...\n');
  const service = await startService(config, pino({ level: config.logLevel }, pino.destination(2)));
  try {
    const client = new DemoClient(service.url, stop);
    const count = await storeHistory(client, { tenants: DEMO_TENANTS, untilMs: Date.now(), share });
    process.stdout.write(toWelcome(service.url, count, performance.now() - startedAt));
    await streamEvents(client, DEMO_TENANTS, stop);
  } catch (failure) {
    if (!stop.aborted) throw failure;
  } finally {
    await service.close();
  }
}

function toWelcome(url: string, count: number, ms: number): string {
  const tenantIds = DEMO_TENANTS.map(({ tenantId }) => tenantId);
  return `Ready after ${toDurationText(ms)}: ${toEventsText(count)} of ${HISTORY_DAYS} days are stored.

  Dashboard  ${url}/
  GraphiQL   ${url}/graphql
  Tenants    ${tenantIds.join(', ')}
             (in GraphiQL and with curl, the header x-tenant-id: ${tenantIds[0]})

New runs and reloads arrive each second, and every few minutes a connector fails for a while.
Ctrl-C stops the demo and deletes its data.
`;
}
