import type { JsonObject } from '../../../domain/values/json.ts';

/** An event apart from its envelope. */
export interface EventParts {
  id: string;
  source: string;
  /** Without namespace: `app.created`. */
  type: string;
  time: string;
  tenantId: string;
  userId: string;
  ownerId?: string;
  spaceId?: string;
  resourceId?: string;
  data: JsonObject;
}

/** Returns an event in the envelope that Qlik's page of the app events documents. */
export function toLegacyEvent(parts: EventParts): JsonObject {
  const { tenantId, userId, ownerId, spaceId, resourceId: topLevelResourceId } = parts;
  return {
    cloudEventsVersion: '0.1',
    source: parts.source,
    contentType: 'application/json',
    eventId: parts.id,
    eventTime: parts.time,
    eventTypeVersion: '1.0.0',
    eventType: `com.qlik.v1.${parts.type}`,
    extensions: withoutAbsent({ tenantId, userId, ownerId, spaceId, topLevelResourceId }),
    data: parts.data,
  };
}

/** Returns an event as CloudEvents 1.0. Qlik's newer names of types have no version. */
export function toCloudEvent(parts: EventParts, namespace = 'com.qlik.v1'): JsonObject {
  return withoutAbsent({
    specversion: '1.0',
    id: parts.id,
    source: parts.source,
    time: parts.time,
    type: `${namespace}.${parts.type}`,
    datacontenttype: 'application/json',
    tenantid: parts.tenantId,
    userid: parts.userId,
    ownerid: parts.ownerId,
    spaceid: parts.spaceId,
    toplevelresourceid: parts.resourceId,
    data: parts.data,
  });
}

function withoutAbsent(members: Record<string, JsonObject[string] | undefined>): JsonObject {
  const present: JsonObject = {};
  for (const [key, value] of Object.entries(members)) if (value !== undefined) present[key] = value;
  return present;
}
