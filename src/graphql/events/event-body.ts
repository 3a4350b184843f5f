import { Refusal } from '../../domain/refusal.ts';
import type { JsonValue } from '../../domain/values/json.ts';
import type { Choice } from '../../feed/log-stream.ts';
import type { EventRecord } from '../../store/read/events.ts';
import { readLogEnds } from '../../store/read/log.ts';
import { cursorExpired } from '../../store/read/log-cursor.ts';
import type { GraphContext } from '../context.ts';

/** The body of an event. Throws EVENT_PRUNED where it is gone: for a reload's event, or when it went after the event was read. */
export async function readEventBody(event: EventRecord, { load }: GraphContext): Promise<JsonValue> {
  const raw = event.raw ?? (await findBody(event, load));
  if (raw !== undefined) return raw;
  throw new Refusal('EVENT_PRUNED', 'What was sent for this event is no longer kept.');
}

/**
 * The same choice, each of its events with its body: one that was pruned after its page was read ends the stream with CURSOR_EXPIRED,
 * as it would have ended had the page been read later. An error in its place would pass by, and the next event follow.
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

/** What was made of items that several subscribers share, so that they share this too. */
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
    throw cursorExpired(tenantId, (await readLogEnds(database, tenantId)).prunedThrough);
  }
  return { ...item, event: { ...item.event, raw } };
}

async function findBody(
  { tenantId, position: id }: EventRecord,
  load: GraphContext['load'],
): Promise<JsonValue | undefined> {
  return (await load.eventBody.load({ tenantId, id }))?.raw ?? undefined;
}
