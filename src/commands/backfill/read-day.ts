import { START } from 'qlik-event-graph-ingest/items/item';
import { readItems } from 'qlik-event-graph-ingest/items/read-items';
import { type Day, toEndMs, toStartMs } from '../../domain/values/calendar-day.ts';
import { Obstacle } from './back-off.ts';
import type { QlikTenant } from './qlik-tenant.ts';

/** The audit log is searchable for this long. Older days are in the archive. */
const SEARCHABLE_MS = 90 * 86_400_000;
const PAGE_ITEMS = 100;
/** The largest item that is kept in memory. */
const MAX_ITEM_BYTES = 67_108_864;

/** Items of a day as the tenant lists them: the bytes of their JSON. */
export interface ListedItems {
  items: Buffer[];
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
    yield { items: page.data.map(toBytes), areElsewhere: true };
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
  const { items } = await readItems(path, toChunks(response), reading);
  for await (const found of items) {
    const events = found.flatMap(({ content, after: { container } }) => {
      if (Buffer.isBuffer(content) && container !== 'none') return [content];
      if (!Buffer.isBuffer(content) && content.code === 'INCOMPLETE')
        throw new CutOff('the answer is cut off');
      throw new Obstacle(`${path} answers with no list of events.`);
    });
    yield { items: events, areElsewhere: false };
  }
}

/** An answer that ends before its list does. */
class CutOff extends Error {}

/** Whether a connection was lost while a body was read. `fetch` names the reason in the cause. */
export function isLostConnection(failure: unknown): boolean {
  return failure instanceof CutOff || (failure instanceof TypeError && failure.cause !== undefined);
}

async function* toChunks({ body }: Response): AsyncGenerator<Buffer, void> {
  for await (const chunk of body ?? []) yield Buffer.from(chunk);
}

function toBytes(item: unknown): Buffer {
  return Buffer.from(JSON.stringify(item));
}
