import { isRetryable, toAskedPauseMs } from 'qlik-event-graph-ingest';
import { VIEWER_TENANT } from 'qlik-event-graph-ingest/documents';
import { toPrintedUrl } from 'qlik-event-graph-ingest/endpoint';
import { BackOff, Obstacle } from './back-off.ts';

export interface ServiceClientOptions {
  url: URL;
  token: string | undefined;
  giveUpAfterMs: number;
  /** After it aborts, requests reject. */
  stop: AbortSignal;
}

interface Body<Data> {
  data?: Data | null;
  errors?: { extensions?: { code?: unknown; retryAfterMs?: unknown } }[];
}

/** The service refused an operation. */
export class ServiceRefusal extends Obstacle {
  /** The code of the answer, or its HTTP status. */
  readonly reason: string;

  constructor(message: string, reason: string) {
    super(message);
    this.reason = reason;
  }
}

/** Sends GraphQL operations to the service, other than events. */
export class ServiceClient {
  readonly #options: ServiceClientOptions;
  readonly #backOff: BackOff;

  constructor(options: ServiceClientOptions) {
    this.#options = options;
    this.#backOff = new BackOff(options.giveUpAfterMs, options.stop);
  }

  /** Why a request waits now; undefined while the service answers. */
  get waitsFor(): string | undefined {
    return this.#backOff.waitsFor;
  }

  /**
   * Sends an operation, and repeats it while the service is away or busy. Throws a
   * ServiceRefusal if the service refuses; `what` says in its message what the service does not do.
   */
  async send<Data>(query: string, variables: object, what: string): Promise<Data> {
    const { url, token, stop: signal } = this.#options;
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const request = { method: 'POST', headers, body: JSON.stringify({ query, variables }) };
    for (;;) {
      signal.throwIfAborted();
      try {
        const response = await fetch(url, { ...request, redirect: 'manual', signal });
        const body = parseBody<Data>(await response.text());
        if (body?.data != null && body.errors === undefined) {
          this.#backOff.reset();
          return body.data;
        }
        await this.#waitOrThrow(response, body?.errors?.[0], what);
      } catch (failure) {
        if (failure instanceof Obstacle || !(failure instanceof TypeError)) throw failure;
        await this.#backOff.wait(`${url.host} cannot be reached`, 0);
      }
    }
  }

  async #waitOrThrow(
    { status, headers }: Response,
    error: NonNullable<Body<unknown>['errors']>[number] | undefined,
    what: string,
  ): Promise<void> {
    const { code, retryAfterMs } = error?.extensions ?? {};
    const reason = typeof code === 'string' && /^[A-Z_]{1,64}$/.test(code) ? code : `HTTP status ${status}`;
    if (isRetryable(status, reason)) {
      return this.#backOff.wait(reason, toAskedPauseMs(headers.get('retry-after'), retryAfterMs));
    }
    const { url } = this.#options;
    throw new ServiceRefusal(`${toPrintedUrl(url)} does not ${what}: ${reason}.`, reason);
  }
}

/** Returns the tenant that the service acts for. `what` is as for `send`. */
export async function readTokenTenant(service: ServiceClient, what: string): Promise<string | undefined> {
  type Answer = { viewer?: { tenantId?: string } };
  return (await service.send<Answer>(VIEWER_TENANT, {}, what)).viewer?.tenantId;
}

function parseBody<Data>(text: string): Body<Data> | undefined {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}
