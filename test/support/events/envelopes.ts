type Json = Record<string, unknown>;

/** What an event is, whatever shape it is sent in. */
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
  data: Json;
}

/** One event in each of the four shapes in which Qlik sends it. */
export const ENVELOPES: Record<
  'LEGACY_0_1' | 'CLOUDEVENTS_1_0' | 'HYBRID' | 'AUDIT',
  (parts: EventParts) => Json
> = {
  LEGACY_0_1: toLegacy,
  CLOUDEVENTS_1_0: toCloudEvent,
  HYBRID: (parts) => ({ ...toLegacy(parts), ...toCloudEvent(parts), type: `com.qlik.${parts.type}` }),
  AUDIT: ({ id, source, type, time, tenantId, userId, ownerId, spaceId, resourceId, data }) => ({
    id: `audit-item-of-${id}`,
    source,
    eventId: id,
    eventTime: time,
    eventType: `com.qlik.v1.${type}`,
    contentType: 'application/json',
    tenantId,
    userId,
    extensions: { ownerId, spaceId, topLevelResourceId: resourceId },
    data,
  }),
};

function toLegacy(parts: EventParts): Json {
  const { tenantId, userId, ownerId, spaceId, resourceId: topLevelResourceId } = parts;
  return {
    cloudEventsVersion: '0.1',
    source: parts.source,
    contentType: 'application/json',
    eventId: parts.id,
    eventTime: parts.time,
    eventTypeVersion: '1.0.0',
    eventType: `com.qlik.v1.${parts.type}`,
    extensions: { tenantId, userId, ownerId, spaceId, topLevelResourceId },
    data: parts.data,
  };
}

function toCloudEvent(parts: EventParts): Json {
  return {
    specversion: '1.0',
    id: parts.id,
    source: parts.source,
    time: parts.time,
    type: `com.qlik.v1.${parts.type}`,
    datacontenttype: 'application/json',
    tenantid: parts.tenantId,
    userid: parts.userId,
    ownerid: parts.ownerId,
    spaceid: parts.spaceId,
    toplevelresourceid: parts.resourceId,
    data: parts.data,
  };
}
