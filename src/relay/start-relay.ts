import type { Logger } from 'pino';
import { BatchPoster } from 'qlik-event-graph-ingest';
import { holdDirectory } from '../files/hold-directory.ts';
import { createMetrics } from './metrics.ts';
import { openReceiver } from './receive/open-receiver.ts';
import type { RelaySettings } from './relay-settings.ts';
import { SpoolSender } from './send/send-spool.ts';
import { ServiceLog } from './send/service-log.ts';
import { openSpool } from './spool/open-spool.ts';
import { recordRejected } from './spool/rejected-file.ts';

/** How long a stop waits for deliveries in progress, and for the service to take the rest. */
const DRAIN_MS = 5_000;
/** The largest batch. The poster halves it where the service accepts less. */
const LIMITS = { count: 500, bytes: 4_194_304 };

export interface Relay {
  url: string;
  /** Refuses deliveries, sends what it can for five seconds, and closes everything. */
  close(): Promise<void>;
}

/**
 * Starts the relay: holds the spool's directory, opens the spool, listens and sends. Throws a
 * Misconfiguration if one of them cannot be opened; nothing stays open then. `pace` multiplies the
 * pauses before suspects are sent again (send/suspects.ts).
 */
export async function startRelay(settings: RelaySettings, log: Logger, pace = 1): Promise<Relay> {
  const { spoolDir: directory, maxSpoolBytes: maxBytes, apiUrl, token, acceptsUnsigned } = settings;
  const rule = 'a spool has one relay at a time';
  const release = await holdDirectory({ path: directory, setting: 'SPOOL_DIR', rule });
  try {
    const spool = await openSpool({ directory, maxBytes, log });
    const metrics = createMetrics(spool);
    const receiver = await openReceiver({ ...settings, spool, metrics, log });
    const drain = new AbortController();
    const stopping = new AbortController();
    const { signal: stop } = stopping;
    const service = new ServiceLog(log);
    const poster = new BatchPoster({
      url: apiUrl,
      token,
      limits: LIMITS,
      giveUpAfterMs: Number.POSITIVE_INFINITY,
      stop,
      finishMs: 0,
      origin: 'RELAY',
      refusesFaults: true,
      onRetry: (code) => service.reportFailure(code),
    });
    const sender = new SpoolSender({
      ...{ spool, poster, metrics, log, service, pace, stop, drain: drain.signal },
      recordRejected: (rejected) => recordRejected(directory, rejected),
    });
    const sending = sender.run();
    if (acceptsUnsigned) log.warn('RELAY_UNSIGNED is true: deliveries without a signature are accepted');
    log.info({ url: receiver.url, service: apiUrl.origin + apiUrl.pathname }, `ready: ${receiver.url}`);
    return {
      url: receiver.url,
      async close() {
        const forced = setTimeout(() => stopping.abort(), DRAIN_MS);
        await receiver.close(DRAIN_MS);
        drain.abort();
        await sending;
        clearTimeout(forced);
        stopping.abort();
        await spool[Symbol.asyncDispose]();
        await release();
      },
    };
  } catch (failure) {
    await release();
    throw failure;
  }
}
