import type { EventEnvelope } from '../../domain/events/envelope.ts';
import { EVENT_TYPES, type EventType, toEntry } from '../../domain/events/event-types.ts';
import { toLogCursor } from '../../store/read/log-cursor.ts';
import { builder } from '../builder.ts';
import { connectionType } from '../connections/connection.ts';
import { PAGE_COST, PART_OF_PARENT } from '../connections/list-cost.ts';
import { describeValues } from '../describe-values.ts';
import { toGlobalId } from '../global-id.ts';
import { IngestProblemRef } from '../ingest/ingest-problem.ts';
import { NodeRef, registerNode } from '../node.ts';
import { readEventBody } from './event-body.ts';
import { EventRef, toEventTypeName } from './event-ref.ts';

export const EventTypeRef = builder.enumType('EventType', {
  description: 'The type of an event. Names with and without version and namespace are read alike.',
  values: describeValues(
    Object.fromEntries(EVENT_TYPES.map((type) => [type, describeType(type)])) as Record<EventType, string>,
  ),
});

function describeType(type: EventType): string {
  const names = toEntry(type).names.map((name) => `\`${name}\``);
  const last = names.pop();
  if (last === undefined) return 'A type that this version does not model.';
  return names.length === 0 ? last : `${names.join(', ')} and ${last}`;
}

const EventEnvelopeRef = builder.enumType('EventEnvelope', {
  description: 'The outer shape of an event as sent.',
  values: describeValues<EventEnvelope>({
    CLOUDEVENTS_1_0: 'CloudEvents 1.0: `specversion`, `id`, `time`, `type`.',
    LEGACY_0_1: 'The 0.1 shape: `eventId`, `eventTime`, `eventType`, `extensions`.',
    HYBRID: 'Both sets of keys in one object; the CloudEvents keys take precedence.',
    AUDIT: 'A copy from the audit log: `eventType` and `tenantId` at the top level.',
  }),
});

EventRef.implement({
  description: 'One stored CloudEvent.',
  interfaces: [NodeRef],
  resolveType: toEventTypeName,
  fields: (t) => ({
    id: t.id({
      nullable: false,
      description: 'The global id, for `node`.',
      resolve: (event) => toGlobalId(toEventTypeName(event), event.tenantId, event.position),
    }),
    eventId: t.exposeID('eventId', {
      nullable: false,
      description: 'The id that the producer gave the event: unique within tenant, source and type.',
    }),
    source: t.exposeString('source', {
      nullable: false,
      description: 'The producer of the event, as sent; `unknown` if none was sent.',
    }),
    type: t.expose('type', {
      type: EventTypeRef,
      nullable: false,
      description: 'The type, independent of namespace and version.',
    }),
    typeName: t.exposeString('typeName', {
      nullable: false,
      description: 'The type as sent: com.qlik.v1.app.created, com.qlik.app.created …',
    }),
    envelope: t.expose('envelope', {
      type: EventEnvelopeRef,
      nullable: false,
      description: 'The outer shape of the event as sent.',
    }),
    specVersion: t.exposeString('specVersion', {
      description: 'The CloudEvents version as sent. Null for an audit copy.',
    }),
    contentType: t.exposeString('contentType', { description: 'The content type of the data, as sent.' }),
    eventTypeVersion: t.exposeString('eventTypeVersion', {
      description: 'The version of the event type, as sent.',
    }),
    time: t.expose('time', {
      type: 'DateTime',
      nullable: false,
      description:
        'When the event happened: the time as sent, else a time in its data, else the time of receipt with a warning.',
    }),
    receivedAt: t.expose('receivedAt', {
      type: 'DateTime',
      nullable: false,
      description: 'When this service received the event.',
    }),
    tenantId: t.exposeID('tenantId', { nullable: false, description: "Qlik's id of the tenant." }),
    userId: t.exposeID('userId', { description: "Qlik's id of the user who caused the event." }),
    ownerId: t.exposeID('ownerId', {
      description: "Qlik's id of the owner of the resource, from the envelope.",
    }),
    spaceId: t.exposeID('spaceId', { description: "Qlik's id of the space, from the envelope." }),
    topLevelResourceId: t.exposeID('topLevelResourceId', {
      description: "Qlik's id of the resource that the event is about, from the envelope.",
    }),
    position: t.expose('position', {
      type: 'SafeInt',
      nullable: false,
      description: "The position in the tenant's log: 1, 2, 3 … without gaps.",
    }),
    cursor: t.string({
      nullable: false,
      description:
        "The cursor of this event in the log. Pass it as a subscription's `after` to continue after this event.",
      resolve: ({ tenantId, position, logChecksum }) => toLogCursor(tenantId, position, logChecksum),
    }),
    warnings: t.field({
      type: [IngestProblemRef],
      nullable: false,
      extensions: PART_OF_PARENT,
      description: 'Values of the event that are stored in `raw` but could not be read into a typed field.',
      resolve: (event) => event.warnings ?? [],
    }),
    raw: t.field({
      type: 'JSON',
      nullable: false,
      description:
        "The event exactly as sent. The body of a reload's event may be pruned; then this field is the error EVENT_PRUNED.",
      resolve: (event, _args, context) => readEventBody(event, context),
    }),
  }),
});

export const EventConnection = connectionType('Event', EventRef, 'events', PAGE_COST);

for (const typeName of EVENT_TYPES.map((type) => toEntry(type).objectName)) {
  registerNode(typeName, 'n', async ({ load }, tenantId, [position]: [number]) => {
    const event = await load.event.load({ tenantId, id: position });
    return event !== undefined && toEventTypeName(event) === typeName ? event : undefined;
  });
}
