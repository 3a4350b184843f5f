import { parseOptions } from 'qlik-event-graph-ingest/console/parse-options';
import { runCommand } from 'qlik-event-graph-ingest/console/run-command';
import { openLog } from '../open-log.ts';
import { parseRelaySettings, type RelaySettings } from '../relay/relay-settings.ts';
import { startRelay } from '../relay/start-relay.ts';

const USAGE = `npm run relay

Receives the webhooks of Qlik Cloud at /webhooks/qlik, stores them in a spool, and sends them to the service.
It has no options. The README lists its settings: RELAY_HOST, RELAY_PORT, QLIK_WEBHOOK_SECRETS, RELAY_UNSIGNED,
API_URL, INGEST_TOKEN, SPOOL_DIR, MAX_SPOOL_BYTES, MAX_EVENT_BYTES,
LOG_LEVEL and LOG_FORMAT.
`;

await runCommand('relay', USAGE, parseRelayOptions, runRelay);

function parseRelayOptions(args: string[], environment: NodeJS.ProcessEnv): RelaySettings | undefined {
  const { values } = parseOptions({ args, options: { help: { type: 'boolean', short: 'h' } } });
  return values.help === true ? undefined : parseRelaySettings(environment);
}

/** Runs until a signal arrives. Returns the exit status. */
async function runRelay(settings: RelaySettings, signal: AbortSignal): Promise<number> {
  const log = await openLog(settings);
  const relay = await startRelay(settings, log);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  log.info('draining');
  await relay.close();
  log.info('stopped');
  return 0;
}
