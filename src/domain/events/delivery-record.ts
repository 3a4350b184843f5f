import { isNone, type JsonObject } from '../values/json.ts';
import type { ItemErrorCode, Problem } from './problem.ts';

/** Besides `webhookId`, a delivery record has at least one of these at its top level. */
const RECORD_KEYS = ['request', 'response', 'triggeredAt'];

/**
 * Recognises a webhook's delivery record (facts, "Delivery"). Its own `id` and `eventType` are not those of
 * the event; the event is its `request.body`. Call it only for an object that is no event: an event may bring
 * any other keys.
 */
export function toDeliveryRecordProblem(raw: JsonObject): Problem<ItemErrorCode> | undefined {
  if (isNone(raw.webhookId) || RECORD_KEYS.every((key) => isNone(raw[key]))) return undefined;
  return {
    code: 'DELIVERY_RECORD',
    message: "This is a webhook's delivery record, not an event. Send the event, which is its request.body.",
    path: '/request/body',
  };
}
