import { type QuarantinedRecord, toQuarantineListing } from '../../store/read/quarantine.ts';
import { NO_TENANT } from '../../store/tables/quarantine-key.ts';
import { builder } from '../builder.ts';
import { connectionType, toMergedConnection } from '../connections/connection.ts';
import { pageArgs } from '../connections/page-args.ts';
import { listSelectedOfNodes } from '../connections/selection.ts';
import { requireAdmin } from '../context.ts';
import { NodeRef, registerNode } from '../node.ts';
import { IngestProblemRef } from './ingest-problem.ts';
import { QUARANTINED_EVENT, toQuarantinedEventId } from './quarantine-ids.ts';

const QuarantinedEventRef = builder.objectRef<QuarantinedRecord>(QUARANTINED_EVENT).implement({
  description:
    'What arrived and could not be stored as an event; kept whole until it is tried again or discarded.',
  interfaces: [NodeRef],
  fields: (t) => ({
    id: t.id({ nullable: false, description: 'Global id.', resolve: toQuarantinedEventId }),
    tenantId: t.id({
      description: "Qlik's id of the tenant that it belongs to; null where none could be read.",
      resolve: ({ tenantId }) => (tenantId === NO_TENANT ? null : tenantId),
    }),
    receivedAt: t.expose('receivedAt', {
      type: 'DateTime',
      nullable: false,
      description: 'When it first arrived.',
    }),
    problems: t.field({
      type: [IngestProblemRef],
      nullable: false,
      description: 'Why it could not be stored, as last tried.',
      resolve: ({ problems }) => problems,
    }),
    raw: t.field({
      type: 'JSON',
      nullable: false,
      description: 'Exactly what was sent.',
      resolve: ({ raw }) => raw,
    }),
  }),
});

const QuarantinedEventConnectionRef = connectionType(
  QUARANTINED_EVENT,
  QuarantinedEventRef,
  'quarantined events',
);

registerNode(
  QUARANTINED_EVENT,
  's',
  ({ load }, tenantId, [itemKey]: [string]) => load.quarantined.load({ tenantId, id: itemKey }),
  requireAdmin,
);

builder.queryField('quarantinedEvents', (t) =>
  t.field({
    type: QuarantinedEventConnectionRef,
    nullable: false,
    description:
      'What arrived and could not be stored as an event, in the order of arrival. Items without a tenant are among them for who may act for all tenants. Needs the scope events:admin.',
    args: pageArgs(t.arg),
    resolve: async (_root, args, context, info) => {
      const owners = await requireAdmin(context);
      const selected = listSelectedOfNodes(info);
      const listings = owners.map((tenantId) => toQuarantineListing(tenantId, selected));
      return toMergedConnection(context, listings, args);
    },
  }),
);
