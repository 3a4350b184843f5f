import { isNone, type JsonObject } from '../values/json.ts';
import type { ItemErrorCode, Problem } from './problem.ts';

/** Besides `webhookId`, a delivery record has at least one of these members. */
const RECORD_KEYS = ['request', 'response', 'triggeredAt'];

/**
 * Returns whether an object has the keys of a delivery record of Qlik's webhooks API. Its
 * event is `request.body`; its `id` and `eventType` are not those of the event. An event may
 * have these keys too, so the caller checks first that the object is no event.
 */
export function hasDeliveryRecordKeys(raw: JsonObject): boolean {
  return !isNone(raw.webhookId) && RECORD_KEYS.some((key) => !isNone(raw[key]));
}

/** Returns the problem of a delivery record; undefined for others. `raw` is no event. */
export function toDeliveryRecordProblem(raw: JsonObject): Problem<ItemErrorCode> | undefined {
  if (!hasDeliveryRecordKeys(raw)) return undefined;
  return {
    code: 'DELIVERY_RECORD',
    message: "This is a webhook's delivery record, not an event. Send the event, which is its request.body.",
    path: '/request/body',
  };
}
