import type { NamedKind } from '../../../domain/named-kind.ts';
import { isId, isStorableText } from '../../../domain/values/text.ts';
import { Obstacle } from '../back-off.ts';
import type { QlikTenant } from '../qlik-tenant.ts';
import { isLostConnection } from '../read-day.ts';
import { NAME_LISTS, type NameList } from './name-lists.ts';

/** The longest name that the service takes (schema, `NameInput`). */
const MAX_NAME_LENGTH = 1_000;

/** The names of one kind, and the reason why they are not complete, if there is one. */
export interface KindNames {
  kind: NamedKind;
  names: Map<string, string>;
  problem: string | undefined;
}

/** The names of a tenant, and the tenant that its users and spaces say they belong to. */
export interface TenantNames {
  kinds: KindNames[];
  tenantId: string | undefined;
}

type Item = Readonly<Record<string, unknown>>;

/**
 * Reads the names of automations, connectors, spaces and users. A kind that cannot be read has a
 * problem. Throws an Obstacle if the credentials are refused.
 */
export async function readNames(qlik: QlikTenant): Promise<TenantNames> {
  const kinds: KindNames[] = [];
  let tenantId: string | undefined;
  for (const kind of new Set(NAME_LISTS.map((list) => list.kind))) {
    const names = new Map<string, string>();
    const problems: string[] = [];
    const lists = NAME_LISTS.filter((list) => list.kind === kind);
    for (const list of lists) {
      try {
        for await (const item of listItems(qlik, list)) {
          if (isId(item.tenantId)) tenantId ??= item.tenantId;
          addName(names, item, list);
        }
      } catch (failure) {
        if (!(failure instanceof Obstacle) || failure.status === 401) throw failure;
        problems.push(failure.message);
      }
    }
    // One list of a kind suffices.
    kinds.push({ kind, names, problem: problems.length === lists.length ? problems[0] : undefined });
  }
  return { kinds, tenantId };
}

/** Adds the name of an item for its ids, unless another list has named them. */
function addName(names: Map<string, string>, item: Item, { ids }: NameList): void {
  const { name } = item;
  if (typeof name !== 'string' || name.trim() === '') return;
  const text = toShortened(name);
  if (!isStorableText(text)) return;
  for (const id of ids.map((property) => item[property])) {
    if (isId(id) && !names.has(id)) names.set(id, text);
  }
}

/** Cuts a text to the longest name, between two characters. */
function toShortened(name: string): string {
  if (name.length <= MAX_NAME_LENGTH) return name;
  return `${name.slice(0, MAX_NAME_LENGTH - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

interface NamePage {
  url: URL;
  items: Item[];
  next: string | undefined;
}

/** Lists the items of all pages. Pages are followed as long as they are of the tenant's origin. */
async function* listItems(qlik: QlikTenant, { paths }: NameList): AsyncGenerator<Item, void> {
  const seen = new Set<string>();
  for (let page = await readFirstPage(qlik, paths); ; ) {
    yield* page.items;
    if (page.next === undefined) return;
    const next = qlik.resolve(page.next, page.url);
    if (seen.has(next.href)) throw new Obstacle(`The pages of ${page.url.pathname} have no end.`);
    seen.add(next.href);
    page = await readPage(qlik, next);
  }
}

/** Reads the first address that the tenant does not refuse. */
async function readFirstPage(qlik: QlikTenant, paths: readonly string[]): Promise<NamePage> {
  let refusal: Obstacle | undefined;
  for (const path of paths) {
    try {
      return await readPage(qlik, path);
    } catch (failure) {
      const { status } = failure instanceof Obstacle ? failure : {};
      if (status === undefined || ![400, 403, 404].includes(status)) throw failure;
      // An address that the tenant lacks says less than one that it refuses.
      if (refusal === undefined || refusal.status === 404) refusal = failure as Obstacle;
    }
  }
  throw refusal ?? new Error('A list of names has no address.');
}

async function readPage(qlik: QlikTenant, address: string | URL): Promise<NamePage> {
  for (;;) {
    try {
      const response = await qlik.get(address);
      const url = new URL(response.url);
      const page = parsePage(await response.text());
      if (page === undefined) throw new Obstacle(`${url.origin}${url.pathname} answers with no list.`);
      qlik.finish();
      return { url, ...page };
    } catch (failure) {
      if (!isLostConnection(failure)) throw failure;
      await qlik.waitAfter(failure);
    }
  }
}

/** Parses a page: an object with `data` and `links`, or a list alone. */
function parsePage(text: string): Omit<NamePage, 'url'> | undefined {
  let page: { data?: unknown; links?: { next?: unknown } | null };
  try {
    page = JSON.parse(text) ?? {};
  } catch {
    return undefined;
  }
  const items: unknown = Array.isArray(page) ? page : page.data;
  if (!Array.isArray(items)) return undefined;
  const next = (page.links?.next as { href?: unknown } | null | undefined)?.href;
  return {
    items: items.filter((item): item is Item => typeof item === 'object' && item !== null),
    next: typeof next === 'string' && next !== '' ? next : undefined,
  };
}
