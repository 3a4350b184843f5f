import type { Logger } from 'pino';

const LOG_EVERY_MS = 60_000;

/**
 * Logs that the service accepts nothing: at once, then once a minute, and when it accepts events
 * again. The lines contain a code, and nothing of an answer's message, which may quote an event.
 */
export class ServiceLog {
  readonly #log: Logger;
  readonly #now: () => number;
  #loggedAt = Number.NEGATIVE_INFINITY;
  #kind: 'accepts' | 'refuses the token' | 'fails' = 'accepts';

  /** `now` is a clock in milliseconds. */
  constructor(log: Logger, now = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  reportFailure(code: string, isUnauthorized = false): void {
    const kind = isUnauthorized ? 'refuses the token' : 'fails';
    const now = this.#now();
    if (this.#kind === kind && now - this.#loggedAt < LOG_EVERY_MS) return;
    this.#kind = kind;
    this.#loggedAt = now;
    if (isUnauthorized)
      this.#log.error({ code }, 'the service refuses INGEST_TOKEN; deliveries wait in the spool');
    else this.#log.warn({ code }, 'the service accepts no events now; deliveries wait in the spool');
  }

  reportSuccess(): void {
    if (this.#kind !== 'accepts') this.#log.info('the service accepts events again');
    this.#kind = 'accepts';
  }
}
