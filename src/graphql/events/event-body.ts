import { Refusal } from '../../domain/refusal.ts';
import type { JsonValue } from '../../domain/values/json.ts';
import type { Choice } from '../../feed/log-stream.ts';
import type { EventRecord } from '../../store/read/events.ts';
import { readLogEnds } from '../../store/read/log.ts';
import { cursorExpired } from '../../store/read/log-cursor.ts';
import type { GraphContext } from '../context.ts';

/**
 * Returns the body of an event. Throws EVENT_PRUNED if the body is deleted: for the event of a
 * reload, or if the event was pruned after it was read.
 */
export async function readEventBody(event: EventRecord, { load }: GraphContext): Promise<JsonValue> {
  const raw = event.raw ?? (await findBody(event, load));
  if (raw !== undefined) return raw;
  throw new Refusal('EVENT_PRUNED', 'The body of this event is no longer kept.');
}

/**
 * Returns a choice that adds the body to each event. If an event is pruned after its page was read,
 * the stream ends with CURSOR_EXPIRED, as it does when the page is read after pruning. An error in
 * the place of the event would let the stream continue with a gap.
 */
export function withBodies<Item extends { event: EventRecord }>(
  context: GraphContext,
  choice: Choice<Item>,
): Choice<Item> {
  return {
    ...choice,
    async pick(entry) {
      const item = await choice.pick(entry);
      return item && addBody(context, item);
    },
  };
}

/** Items with their bodies, by item, so that subscribers who share an item share this too. */
const withBody = new WeakMap<object, Promise<unknown>>();

function addBody<Item extends { event: EventRecord }>(context: GraphContext, item: Item): Promise<Item> {
  const known = withBody.get(item) as Promise<Item> | undefined;
  if (known !== undefined) return known;
  const made = readItem(context, item);
  withBody.set(item, made);
  made.catch(() => withBody.delete(item));
  return made;
}

async function readItem<Item extends { event: EventRecord }>(
  { database, load }: GraphContext,
  item: Item,
): Promise<Item> {
  const raw = await findBody(item.event, load);
  if (raw === undefined) {
    const { tenantId } = item.event;
    throw cursorExpired(tenantId, (await readLogEnds(database.forTenant(tenantId))).prunedThrough);
  }
  return { ...item, event: { ...item.event, raw } };
}

async function findBody(
  { tenantId, position: id }: EventRecord,
  load: GraphContext['load'],
): Promise<JsonValue | undefined> {
  return (await load.eventBody.load({ tenantId, id }))?.raw ?? undefined;
}
