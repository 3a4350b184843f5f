import { type ItemProblem, START } from 'qlik-event-graph-ingest/items/item';
import { readItems } from 'qlik-event-graph-ingest/items/read-items';
import { type Day, toEndMs, toStartMs } from '../../domain/values/calendar-day.ts';
import { isJsonObject } from '../../domain/values/json.ts';
import { Obstacle } from './back-off.ts';
import type { QlikTenant } from './qlik-tenant.ts';

/** The audit log is searchable for this long. Older days are in the archive. */
const SEARCHABLE_MS = 90 * 86_400_000;
const PAGE_ITEMS = 100;
/** The largest item that is kept in memory. */
const MAX_ITEM_BYTES = 67_108_864;

/** Items of a day as the tenant lists them. */
export interface ListedItems {
  /** The bytes of their JSON, or why an item is not sent. */
  items: (Buffer | ItemProblem)[];
  /** Whether another day lists the items that are not of this one. */
  areElsewhere: boolean;
}

/**
 * Reads what the audit log lists for a day, in parts of bounded size. Items may be listed twice: on
 * two pages, because pages overlap; at midnight, because both ends of a search are inclusive; and
 * after a failure, because the day is then read again.
 */
export async function* readDay(qlik: QlikTenant, day: Day): AsyncGenerator<ListedItems, void> {
  const isArchived = toStartMs(day) < Date.now() - SEARCHABLE_MS;
  for (;;) {
    try {
      yield* isArchived ? readArchive(qlik, day) : readPages(qlik, day);
      qlik.finish();
      return;
    } catch (failure) {
      if (!isLostConnection(failure)) throw failure;
      await qlik.waitAfter(failure);
    }
  }
}

async function* readPages(qlik: QlikTenant, day: Day): AsyncGenerator<ListedItems, void> {
  const range = `${day}T00:00:00.000Z/${new Date(toEndMs(day)).toISOString()}`;
  const query = new URLSearchParams({ eventTime: range, sort: '+eventTime', limit: String(PAGE_ITEMS) });
  const seen = new Set<string>();
  let next: URL | string = `/api/v1/audits?${query}`;
  for (;;) {
    const response = await qlik.get(next);
    const url = new URL(response.url);
    const page = parsePage(await response.text());
    if (page === undefined)
      throw new Obstacle(`${url.origin}${url.pathname} answers with no page of a list.`);
    qlik.finish();
    yield { items: page.data.map(toContent), areElsewhere: true };
    const { href } = page.links?.next ?? {};
    if (typeof href !== 'string' || href === '') return;
    next = qlik.resolve(href, url);
    if (seen.has(next.href)) throw new Obstacle(`The pages of ${url.pathname} for ${day} have no end.`);
    seen.add(next.href);
  }
}

interface Page {
  data: unknown[];
  links?: { next?: { href?: unknown } | null } | null;
}

/** Parses a page; undefined if the text is no page. */
function parsePage(text: string): Page | undefined {
  try {
    const page = JSON.parse(text);
    return Array.isArray(page?.data) ? page : undefined;
  } catch {
    return undefined;
  }
}

/** The archive of a day is one list of any size, so it is read as a stream. */
async function* readArchive(qlik: QlikTenant, day: Day): AsyncGenerator<ListedItems, void> {
  const path = `/api/v1/audits/archive?${new URLSearchParams({ date: day })}`;
  const response = await qlik.get(path);
  const reading = { format: 'json', start: START, maxItemBytes: MAX_ITEM_BYTES } as const;
  const { items } = await readItems(path, readList(path, response), reading);
  for await (const found of items) {
    const contents = found.map(({ content, after: { container } }) => {
      const code = Buffer.isBuffer(content) ? undefined : content.code;
      if (code === 'INCOMPLETE') throw new CutOff('the answer is cut off');
      if (container === 'none' || code === 'NOT_JSON') throw toNoList(path);
      return content;
    });
    yield { items: contents, areElsewhere: false };
  }
}

/** Reads a body in chunks. Throws an Obstacle if it does not begin as a list of JSON. */
async function* readList(path: string, { body }: Response): AsyncGenerator<Buffer, void> {
  let beginning: string | undefined;
  for await (const part of body ?? []) {
    const chunk = Buffer.from(part);
    beginning ??= /[^ \t\r\n]/.exec(chunk.toString('latin1'))?.[0];
    if (beginning !== undefined && beginning !== '[') throw toNoList(path);
    yield chunk;
  }
  if (beginning === undefined) throw toNoList(path);
}

function toNoList(path: string): Obstacle {
  return new Obstacle(`${path} answers with no list of events.`);
}

/** An answer that ends before its list does. */
class CutOff extends Error {}

/** Whether a connection was lost while a body was read. `fetch` names the reason in the cause. */
export function isLostConnection(failure: unknown): boolean {
  return failure instanceof CutOff || (failure instanceof TypeError && failure.cause !== undefined);
}

function toContent(item: unknown): Buffer | ItemProblem {
  if (isJsonObject(item)) return Buffer.from(JSON.stringify(item));
  return { code: 'NOT_AN_OBJECT', message: 'An event is a JSON object.' };
}
