import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { openFeed } from './feed/open-feed.ts';
import { openHttp } from './http/open-http.ts';
import { checkPersistedOperations } from './http/persisted/persisted-queries.ts';
import { openIngestQueue } from './ingest/open-ingest-queue.ts';
import { observeProcess } from './metrics/process-metrics.ts';
import { ServiceMetrics } from './metrics/service-metrics.ts';
import { openDatabase } from './store/database/open-database.ts';
import { isOutdated } from './store/database/outdated.ts';
import { isDataDir } from './store/database/pglite/open-pglite.ts';
import { listIgnoredParameters } from './store/database/postgres/url/connection-url.ts';
import { traceDatabase } from './store/database/traced-database.ts';
import { openTracing } from './tracing/open-tracing.ts';

export interface Service {
  url: string;
  /** Ends streams, waits for running requests, and closes everything in reverse order. */
  close(): Promise<void>;
}

/**
 * Starts the service: listens, opens the database and the feed, and serves. Throws a
 * Misconfiguration if one of them cannot be opened; nothing stays open then.
 */
export async function startService(config: Config, log: Logger): Promise<Service> {
  const closers: (() => Promise<void>)[] = [];
  const close = () => closeAll(closers, log);
  try {
    const tracing = await openTracing(process.env, log);
    if (tracing !== undefined) closers.push(() => tracing.close());
    checkPersistedOperations(config.persistedOperations);
    const http = await openHttp(config, log);
    closers.push(() => http.close());
    log.info(toOpeningLine(config));
    for (const name of listIgnoredParameters(config.databaseUrl)) {
      log.warn({ parameter: name }, `DATABASE_URL: the parameter ${name} has no effect`);
    }
    const opened = await openDatabase(config);
    const database = tracing === undefined ? opened : traceDatabase(opened, tracing);
    log.info('the database is open and migrated');
    const metrics = openMetrics(config);
    const ingestQueue = openIngestQueue(database, config, { metrics, tracing });
    // These close last: for running requests, and for queued items of clients that have left.
    closers.unshift(
      async () => database[Symbol.asyncDispose](),
      async () => ingestQueue[Symbol.asyncDispose](),
    );
    if (await database.acrossTenants.read(isOutdated)) {
      log.warn(
        'the projections were written by an older version: run `npm run rebuild` to read the log again',
      );
    }
    const feed = openFeed(database);
    closers.push(async () => feed[Symbol.asyncDispose]());
    closers.push(() => http.startDraining());
    http.serve({ ...config, database, feed, ingestQueue, metrics, tracing, log });
    if (config.auth === undefined) {
      log.warn('no AUTH_* is set: this server is open to every program on this machine');
    }
    log.info({ url: http.url, database: database.kind }, `ready: ${http.url}/graphql`);
    return { url: http.url, close };
  } catch (failure) {
    await close();
    throw failure;
  }
}

/** Returns the metrics of a service, which observe the process from its start; none if off. */
export function openMetrics({ servesMetrics }: Pick<Config, 'servesMetrics'>): ServiceMetrics | undefined {
  if (!servesMetrics) return undefined;
  observeProcess();
  return new ServiceMetrics();
}

/** Returns the log line of a step that may take some seconds. */
function toOpeningLine({ databaseUrl, dataDir }: Pick<Config, 'databaseUrl' | 'dataDir'>): string {
  if (databaseUrl !== undefined) return 'connecting to PostgreSQL, and migrating it if needed';
  if (isDataDir(dataDir)) return `opening the embedded database in ${dataDir}`;
  return `creating the embedded database in ${dataDir}: this takes some seconds, once`;
}

/** Closes everything in reverse order, even after an error. */
async function closeAll(closers: (() => Promise<void>)[], log: Logger): Promise<void> {
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
    await close().catch((err: unknown) => log.error({ err }, 'closing failed'));
  }
}
