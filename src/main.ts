import { parseConfig } from './config.ts';
import { Misconfiguration } from './domain/misconfiguration.ts';
import { openLog } from './open-log.ts';
import { startService } from './server.ts';

/** A stop may take 10 s in all. The process exits after this time at the latest. */
const FORCED_STOP_MS = 9_000;

try {
  const config = parseConfig(process.env);
  const log = await openLog(config);
  const starting = startService(config, log);
  let stopping = false;
  const stop = (signal: string) => {
    // npm repeats Ctrl-C. The second signal must not shorten the draining.
    if (stopping) return;
    stopping = true;
    log.info({ signal }, 'draining');
    setTimeout(() => {
      log.warn('forced stop');
      process.exit(0);
    }, FORCED_STOP_MS).unref();
    // The catch block below reports a failed start.
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
