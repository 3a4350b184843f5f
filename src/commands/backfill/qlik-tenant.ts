import { toAskedPauseMs } from 'qlik-event-graph-ingest';
import { AccessToken, type Credentials } from './access-token.ts';
import { BackOff, Obstacle } from './back-off.ts';

/** The most by which the clocks of this machine and of the tenant may differ. */
const MAX_SKEW_MS = 5 * 60_000;

export interface QlikTenantOptions {
  tenantUrl: URL;
  credentials: Credentials;
  giveUpAfterMs: number;
  /** After it aborts, requests reject. */
  stop: AbortSignal;
}

/**
 * The REST API of a Qlik Cloud tenant. Credentials are sent to its origin only: redirects are not
 * followed, and an address of another origin is refused.
 *
 * Requests are repeated with back-off while the tenant is unreachable or answers 408, 429 or 5xx.
 * Other answers are an Obstacle. Its message names the address and the status, and nothing of the
 * answer, because the answer may repeat a secret.
 */
export class QlikTenant {
  readonly #options: QlikTenantOptions;
  readonly #token: AccessToken;
  readonly #backOff: BackOff;

  constructor(options: QlikTenantOptions) {
    this.#options = options;
    this.#backOff = new BackOff(options.giveUpAfterMs, options.stop);
    this.#token = new AccessToken(options.tenantUrl, options.credentials, (url, request) =>
      this.#send(url, request),
    );
  }

  /** Why requests wait now; undefined while the tenant answers. */
  get waitsFor(): string | undefined {
    return this.#backOff.waitsFor;
  }

  /** Resolves an address from an answer. Throws an Obstacle if it leads to another origin. */
  resolve(address: string, base: URL): URL {
    const url = URL.canParse(address, base) ? new URL(address, base) : undefined;
    if (url?.origin === this.#options.tenantUrl.origin && url.username === '' && url.password === '')
      return url;
    throw new Obstacle(`A page of ${base.pathname} leads away from ${this.#options.tenantUrl.origin}.`);
  }

  /** Requests a path or an address from `resolve`. Returns the answer with its body unread. */
  async get(path: string | URL): Promise<Response> {
    const url = new URL(path, this.#options.tenantUrl);
    let isRenewed = false;
    for (;;) {
      const token = await this.#token.get();
      const headers = { accept: 'application/json', authorization: `Bearer ${token}` };
      const response = await this.#send(url, { headers }, isRenewed ? [] : [401]);
      if (response.status !== 401) return response;
      // The token may have expired early. A new one that is refused too is an Obstacle.
      if (!this.#token.replace(token)) throw toObstacle(url, 401);
      isRenewed = true;
    }
  }

  /** Waits after reading an answer has failed, before the request is repeated. */
  async waitAfter(failure: unknown): Promise<void> {
    this.#options.stop.throwIfAborted();
    await this.#backOff.wait(toReason(failure), 0);
  }

  /** Ends the back-off: an answer was read to its end. */
  finish(): void {
    this.#backOff.reset();
  }

  async #send(url: URL, request: RequestInit, accepted: readonly number[] = []): Promise<Response> {
    const { stop: signal } = this.#options;
    for (;;) {
      signal.throwIfAborted();
      const response = await fetch(url, { ...request, redirect: 'manual', signal }).catch((failure) => {
        signal.throwIfAborted();
        return toReason(failure);
      });
      if (typeof response === 'string') {
        await this.#backOff.wait(response, 0);
        continue;
      }
      const { status, headers, body } = response;
      if (status === 200) {
        checkClock(url, headers.get('date'));
        return response;
      }
      await body?.cancel();
      if (accepted.includes(status)) return response;
      if (status < 500 && status !== 408 && status !== 429) throw toObstacle(url, status);
      await this.#backOff.wait(`${url.host} answers ${status}`, toAskedPauseMs(headers.get('retry-after')));
    }
  }
}

/**
 * Throws an Obstacle if this machine's clock is wrong: which days are over, and which are archived,
 * depends on it. `date` is the header of an answer, whose instant is that of the tenant.
 */
function checkClock({ host }: URL, date: string | null): void {
  const skewMs = Date.now() - Date.parse(date ?? '');
  // Without a date, the difference is not a number.
  if (!(Math.abs(skewMs) > MAX_SKEW_MS)) return;
  const minutes = Math.round(Math.abs(skewMs) / 60_000);
  const side = skewMs > 0 ? 'ahead of' : 'behind';
  throw new Obstacle(`This machine's clock is ${minutes} minutes ${side} that of ${host}. Set it right.`);
}

function toObstacle(url: URL, status: number): Obstacle {
  const refusal = [400, 401, 403].includes(status) ? 'refuses the request' : 'gives no answer';
  return new Obstacle(`${url.origin}${url.pathname} ${refusal}: HTTP status ${status}.`, status);
}

/** The reason of a failed connection. `fetch` has it in the cause. */
function toReason(failure: unknown): string {
  const { cause } = failure as { cause?: unknown };
  const error = cause instanceof AggregateError ? cause.errors[0] : (cause ?? failure);
  return error instanceof Error ? error.message : 'the connection failed';
}
