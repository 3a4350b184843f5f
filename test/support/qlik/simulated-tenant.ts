import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '../../../src/commands/demo/history/random.ts';
import { type History, toAuditItem } from './history.ts';
import { findNamedList, type NamedLists, toNamedLists } from './named-things.ts';

const DAY_MS = 86_400_000;

export interface SimulatedTenantOptions {
  history: History;
  seed?: number;
  apiKey?: string;
  client?: { id: string; secret: string };
  /** How long an access token is valid. */
  tokenSeconds?: number;
  /** The part of requests that is answered with 429, with 503, and with half a body. */
  limited?: number;
  broken?: number;
  cutOff?: number;
  /** The value of Retry-After of a 429. */
  retryAfter?: string;
  /** The header Date of its answers; null for none. Default: the time. */
  date?: (() => string) | null;
  /** The number of items that a page repeats of the page before. */
  overlap?: number;
  /** The things with names. Default: those of the history. */
  named?: NamedLists;
  /** Whether `listAll` is refused, as it is to all but administrators. */
  refusesListAll?: boolean;
}

/** A request that the tenant received. */
export interface ReceivedRequest {
  path: string;
  status: number;
}

/** A webhook that someone has created. */
export interface Webhook {
  url: string;
  secret: string;
  eventTypes: string[];
}

/** An answer: a status, and a body that is sent as JSON unless it is text. */
export interface Reply {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/**
 * A Qlik Cloud tenant as an HTTP server: the audit log of a history, its archive, and OAuth. Faults
 * are the same for the same seed. Answers with an error repeat the credentials of the request, so a
 * client that prints them is found out.
 */
export class SimulatedTenant implements AsyncDisposable {
  readonly requests: ReceivedRequest[] = [];
  readonly webhooks: Webhook[] = [];
  /** Answers requests in place of the tenant where it returns something. */
  intercept: (request: IncomingMessage, index: number) => Reply | undefined = () => undefined;
  /** The time from a request to its answer. */
  delayMs: (request: IncomingMessage) => number = () => 0;
  readonly #options: SimulatedTenantOptions;
  readonly #random: Random;
  readonly #tokens = new Map<string, number>();
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  private constructor(options: SimulatedTenantOptions) {
    this.#options = options;
    this.#random = new Random(options.seed ?? 1);
  }

  static async start(options: SimulatedTenantOptions): Promise<SimulatedTenant> {
    const tenant = new SimulatedTenant(options);
    await new Promise<void>((resolve) => tenant.#server.listen(0, '127.0.0.1', resolve));
    return tenant;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Makes all access tokens invalid, although they have not expired. */
  revokeTokens(): void {
    this.#tokens.clear();
  }

  /** The number of access tokens that were issued. */
  get tokensIssued(): number {
    return this.requests.filter(({ path, status }) => path === '/oauth/token' && status === 200).length;
  }

  /**
   * Sends an event to each webhook that wants its type, once, and returns the statuses of the
   * answers. The origin of a webhook's address is replaced by `origin`, as a proxy does.
   */
  async sendWebhook(event: Record<string, unknown>, origin: string): Promise<number[]> {
    const wanted = this.webhooks.filter(({ eventTypes }) => eventTypes.includes(String(event.type)));
    const body = JSON.stringify(event);
    return await Promise.all(
      wanted.map(async ({ url, secret }) => {
        const signature = createHmac('sha256', secret).update(body).digest('hex');
        const headers = { 'content-type': 'application/json', 'qlik-signature': signature };
        const address = new URL(new URL(url).pathname, origin);
        return (await fetch(address, { method: 'POST', headers, body })).status;
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    let form = '';
    for await (const chunk of request) form += chunk;
    const reply = this.intercept(request, this.requests.length) ?? this.#reply(request, url, form);
    const { status, headers } = reply;
    const { authorization } = request.headers;
    const body = reply.body ?? { errors: [{ code: `HTTP-${status}`, detail: [authorization, form] }] };
    this.requests.push({ path: url.pathname, status });
    const { date } = this.#options;
    response.sendDate = date === undefined;
    if (date) response.setHeader('date', date());
    const delayMs = this.delayMs(request);
    if (delayMs > 0) await sleep(delayMs);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const { cutOff = 0 } = this.#options;
    if (status !== 200 || this.#random.next() >= cutOff) response.end(text);
    else response.write(text.slice(0, text.length / 2), () => response.destroy());
  }

  #reply(request: IncomingMessage, url: URL, form: string): Reply {
    const { limited = 0, broken = 0, retryAfter = '1' } = this.#options;
    if (this.#random.next() < limited) return { status: 429, headers: { 'retry-after': retryAfter } };
    if (this.#random.next() < broken) return { status: 503 };
    if (url.pathname === '/oauth/token' && request.method === 'POST') return this.#issueToken(form);
    if (!this.#isKnown(request.headers.authorization)) return { status: 401 };
    if (url.pathname === '/api/core/webhooks' && request.method === 'POST') return this.#addWebhook(form);
    if (url.pathname === '/api/v1/audits') return this.#listAudits(url);
    if (url.pathname === '/api/v1/audits/archive') return this.#readArchive(url);
    return this.#listNamed(url);
  }

  /** Pages of things with names: `next` is a cursor, which is opaque to clients. */
  #listNamed(url: URL): Reply {
    const { history, named = toNamedLists(history), refusesListAll = false } = this.#options;
    const list = findNamedList(named, url.pathname);
    if (list === undefined) return { status: 404 };
    const query = url.searchParams;
    const limit = Number(query.get('limit') ?? 10);
    if (!(limit >= 1 && limit <= 100)) return { status: 400 };
    if (refusesListAll && query.has('listAll')) return { status: 403 };
    const offset = Number(query.get('next') ?? 0);
    const links: Record<string, unknown> = { self: { href: url.href }, next: { href: null } };
    if (offset + limit < list.length) {
      query.set('next', String(offset + limit));
      links.next = { href: url.href };
    }
    return { status: 200, body: { data: list.slice(offset, offset + limit), links } };
  }

  #issueToken(form: string): Reply {
    const { client, tokenSeconds = 21_600 } = this.#options;
    const { grant_type, client_id, client_secret } = Object.fromEntries(new URLSearchParams(form));
    if (grant_type !== 'client_credentials') return { status: 400 };
    if (client_id !== client?.id || client_secret !== client?.secret) return { status: 401 };
    const token = `access-token-${this.#random.below(1e9)}`;
    this.#tokens.set(token, Date.now() + tokenSeconds * 1_000);
    return { status: 200, body: { access_token: token, token_type: 'bearer', expires_in: tokenSeconds } };
  }

  /** Qlik Cloud takes host names with HTTPS only, and secrets of 32 to 64 characters. */
  #addWebhook(body: string): Reply {
    const { url, secret, eventTypes, ...others } = JSON.parse(body);
    const isValid =
      /^https:\/\/[a-z][\w.-]*\.[a-z]+\//.test(url) &&
      /^.{32,64}$/.test(secret) &&
      eventTypes.length > 0 &&
      others.level === 'tenant' &&
      others.enabled === true;
    if (!isValid) return { status: 400 };
    this.webhooks.push({ url, secret, eventTypes });
    return { status: 201, body: { id: `webhook-${this.webhooks.length}`, url, eventTypes, ...others } };
  }

  #isKnown(authorization = ''): boolean {
    const token = authorization.replace(/^Bearer /, '');
    return token === this.#options.apiKey || Date.now() < (this.#tokens.get(token) ?? 0);
  }

  #listAudits(url: URL): Reply {
    const { history, overlap = 0 } = this.#options;
    const query = url.searchParams;
    const [start = Number.NaN, end = Number.NaN] = (query.get('eventTime') ?? '').split('/').map(Date.parse);
    const limit = Number(query.get('limit') ?? 20);
    const sort = query.get('sort') ?? '-eventTime';
    const isValid = start <= end && limit >= 1 && limit <= 100 && /^[+-]eventTime$/.test(sort);
    if (!isValid) return { status: 400 };
    const from = Math.max(start, Date.now() - 90 * DAY_MS);
    const type = query.get('eventType');
    const found = history.days
      .filter((day) => Date.parse(day) <= end && Date.parse(day) + DAY_MS > from)
      .flatMap((day) => history.eventsOf(day))
      .filter(({ parts, auditType }) => {
        const ms = Date.parse(parts.time);
        return ms >= from && ms <= end && (type === null || auditType === type);
      });
    if (sort.startsWith('-')) found.reverse();
    const offset = Number(query.get('next') ?? 0);
    const data = found.slice(offset, offset + limit).map((event) => toAuditItem(event, 'audits'));
    const links: Record<string, unknown> = { self: { href: url.href } };
    if (offset + limit < found.length) {
      query.set('next', String(offset + limit - overlap));
      links.next = { href: url.href };
    }
    return { status: 200, body: { data, links } };
  }

  #readArchive({ searchParams }: URL): Reply {
    const date = searchParams.get('date') ?? '';
    const isArchived = Date.parse(date) < Date.now() - 90 * DAY_MS;
    if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || !isArchived) return { status: 400 };
    const { history } = this.#options;
    const events = history.days.includes(date) ? history.eventsOf(date) : [];
    return { status: 200, body: events.map((event) => toAuditItem(event, 'archive')) };
  }
}
