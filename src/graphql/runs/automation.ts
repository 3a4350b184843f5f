import { isId } from '../../domain/values/text.ts';
import { automationOfRun, toAutomationRunListing } from '../../store/read/automation-runs.ts';
import { toAutomationListing } from '../../store/read/automations.ts';
import { builder } from '../builder.ts';
import { toChildConnection } from '../connections/child-connection.ts';
import { connectionType, toConnection } from '../connections/connection.ts';
import { listArgs } from '../connections/page-args.ts';
import { listSelectedOfNodes } from '../connections/selection.ts';
import { requireReader } from '../context.ts';
import { AutomationFilterRef, AutomationRunFilterRef } from '../filters/filters.ts';
import { AutomationOrderRef, AutomationRunOrderRef } from '../filters/orders.ts';
import { toGlobalId } from '../global-id.ts';
import { NodeRef, registerNode } from '../node.ts';
import { AutomationRunConnectionRef } from './automation-run.ts';
import { AutomationRef, AutomationRunRef } from './automation-run-ref.ts';

AutomationRef.implement({
  description: 'An automation that some event was about.',
  interfaces: [NodeRef],
  fields: (t) => ({
    id: t.id({
      nullable: false,
      description: 'Global id.',
      resolve: ({ tenantId, automationId }) => toGlobalId('Automation', tenantId, automationId),
    }),
    automationId: t.exposeID('automationId', {
      nullable: false,
      description: "Qlik's id of the automation.",
    }),
    name: t.exposeString('name', {
      description: "From `data.automation` when an event brings it; Qlik's run event usually does not.",
    }),
    lastRun: t.field({
      type: AutomationRunRef,
      description: 'The newest run by occurredAt.',
      resolve: ({ tenantId, automationId }, _args, { load }) =>
        load.lastRun.load({ tenantId, id: automationId }),
    }),
    lastRunAt: t.expose('lastRunAt', {
      type: 'DateTime',
      nullable: false,
      description: "The newest run's occurredAt; the newest event's time while no event named a run.",
    }),
    runs: t.field({
      type: AutomationRunConnectionRef,
      nullable: false,
      description: 'Its runs, newest first.',
      args: listArgs(t.arg, AutomationRunFilterRef, AutomationRunOrderRef),
      resolve: ({ tenantId, automationId: id }, args, context, info) => {
        const selected = listSelectedOfNodes(info);
        return toChildConnection(context, { tenantId, id, column: automationOfRun }, args, (tenant, wishes) =>
          toAutomationRunListing('Automation.runs', tenant, wishes, selected),
        );
      },
    }),
  }),
});

const AutomationConnectionRef = connectionType('Automation', AutomationRef, 'automations');

registerNode('Automation', 's', ({ load }, tenantId, [automationId]: [string]) =>
  load.automation.load({ tenantId, id: automationId }),
);

builder.queryFields((t) => ({
  automation: t.field({
    type: AutomationRef,
    description: "The automation with this id of Qlik's; null if there is none.",
    args: { automationId: t.arg.id({ required: true, description: "Qlik's id of the automation." }) },
    resolve: async (_root, { automationId }, context) => {
      const tenantId = await requireReader(context);
      return isId(automationId) ? context.load.automation.load({ tenantId, id: automationId }) : null;
    },
  }),
  automations: t.field({
    type: AutomationConnectionRef,
    nullable: false,
    description: 'The automations, the last to run first.',
    args: listArgs(t.arg, AutomationFilterRef, AutomationOrderRef),
    resolve: async (_root, args, context) =>
      toConnection(context, toAutomationListing(await requireReader(context), args), args),
  }),
}));
