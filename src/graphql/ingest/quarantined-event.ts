import { defaultFieldResolver } from 'graphql';
import { type QuarantinedRecord, toQuarantineListing } from '../../store/read/quarantine.ts';
import { NO_TENANT } from '../../store/tables/quarantine-key.ts';
import { builder } from '../builder.ts';
import { connectionType, toMergedConnection } from '../connections/connection.ts';
import { PAGE_COST, PART_OF_PARENT } from '../connections/list-cost.ts';
import { pageArgs, whereArg } from '../connections/page-args.ts';
import { listSelectedOfNodes } from '../connections/selection.ts';
import { listQuarantineOwners } from '../context.ts';
import { quarantineFilter } from '../filters/inputs.ts';
import { NodeRef, registerNode } from '../node.ts';
import { IngestProblemRef } from './ingest-problem.ts';
import { QUARANTINED_EVENT, toQuarantinedEventId } from './quarantine-ids.ts';

const QuarantinedEventRef = builder.objectRef<QuarantinedRecord>(QUARANTINED_EVENT).implement({
  description:
    'An item that was received but could not be stored as an event. It is kept whole until a retry stores it or it is discarded.',
  interfaces: [NodeRef],
  fields: (t) => ({
    id: t.id({
      nullable: false,
      description: 'The global id, for `node` and the quarantine mutations.',
      resolve: toQuarantinedEventId,
    }),
    tenantId: t.id({
      description: "Qlik's id of the tenant that the item belongs to. Null if it could not be read.",
      resolve: ({ tenantId }) => (tenantId === NO_TENANT ? null : tenantId),
    }),
    receivedAt: t.expose('receivedAt', {
      type: 'DateTime',
      nullable: false,
      description: 'When this service first received the item.',
    }),
    problems: t.expose('problems', {
      type: [IngestProblemRef],
      nullable: false,
      extensions: PART_OF_PARENT,
      description: 'Why the item could not be stored, at the last attempt.',
    }),
    raw: t.field({
      type: 'JSON',
      nullable: false,
      description: 'The item exactly as sent.',
      resolve: defaultFieldResolver as (item: QuarantinedRecord) => QuarantinedRecord['raw'],
    }),
  }),
});

const QuarantinedEventConnection = connectionType(
  QUARANTINED_EVENT,
  QuarantinedEventRef,
  'quarantined events',
  PAGE_COST,
);

registerNode(
  QUARANTINED_EVENT,
  's',
  ({ load }, tenantId, [itemKey]: [string]) => load.quarantined.load({ tenantId, id: itemKey }),
  { scope: 'events:admin', listOwners: listQuarantineOwners },
);

builder.queryField('quarantinedEvents', (t) =>
  t.field({
    scope: 'events:admin',
    ...QuarantinedEventConnection.field,
    description:
      'Items that were received but could not be stored as events, in the order of arrival. A caller that may act for all tenants also receives items without a tenant. Needs the scope events:admin.',
    args: { ...pageArgs(t.arg), ...whereArg(t.arg, quarantineFilter) },
    resolve: async (_root, args, context, info) => {
      const owners = await listQuarantineOwners(context);
      const selected = listSelectedOfNodes(info);
      const listings = owners.map((owner) =>
        toQuarantineListing(context.database.forTenant(owner), args.where, selected),
      );
      return toMergedConnection(listings, args);
    },
  }),
);
