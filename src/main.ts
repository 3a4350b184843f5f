import { pino } from 'pino';
import { parseConfig } from './config.ts';
import { Misconfiguration } from './domain/misconfiguration.ts';
import { startService } from './server.ts';

/** SIGTERM drains within 10 s; what hangs longer than this is cut off. */
const FORCED_STOP_MS = 9_000;

try {
  const config = parseConfig(process.env);
  const log = pino({ level: config.logLevel });
  const starting = startService(config, log);
  let stopping = false;
  const stop = (signal: string) => {
    // Ctrl-C reaches this process twice under npm, which passes it on; the second one must not cut the draining short.
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'draining');
    setTimeout(() => {
      log.warn('forced stop');
      process.exit(0);
    }, FORCED_STOP_MS).unref();
    // A start that fails says so itself, below.
    void starting
      .then((service) => service.close())
      .then(
        () => log.info('stopped'),
        () => undefined,
      );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  await starting;
} catch (failure) {
  if (!(failure instanceof Misconfiguration)) throw failure;
  for (const problem of failure.problems) process.stderr.write(`qlik-event-graph cannot start: ${problem}\n`);
  process.exitCode = 1;
}
