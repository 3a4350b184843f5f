import { isId } from '../../domain/values/text.ts';
import { automationOfRun, toAutomationRunListing } from '../../store/read/automation-runs.ts';
import { toAutomationListing } from '../../store/read/automations.ts';
import { builder } from '../builder.ts';
import { toChildConnection } from '../connections/child-connection.ts';
import { connectionType, toConnection } from '../connections/connection.ts';
import { PAGE_COST } from '../connections/list-cost.ts';
import { listArgs } from '../connections/page-args.ts';
import { readActingTenant } from '../context.ts';
import { automationInputs, runInputs } from '../filters/inputs.ts';
import { toGlobalId } from '../global-id.ts';
import { NodeRef, registerNode } from '../node.ts';
import { AutomationRunConnection } from './automation-run.ts';
import { AutomationRef, AutomationRunRef } from './automation-run-ref.ts';
import { listRunColumns } from './run-columns.ts';

AutomationRef.implement({
  description: 'An automation that stored events name.',
  interfaces: [NodeRef],
  fields: (t) => ({
    id: t.id({
      nullable: false,
      description: 'The global id, for `node`.',
      resolve: ({ tenantId, automationId }) => toGlobalId('Automation', tenantId, automationId),
    }),
    automationId: t.exposeID('automationId', {
      nullable: false,
      description: "Qlik's id of the automation.",
    }),
    name: t.string({
      description:
        'The name that `setNames` gave; else the one in `data.automation` of an event; else the title of the newest run.',
      resolve: async ({ tenantId, automationId: id, name }, _args, { load }) =>
        name === undefined ? (await load.automation.load({ tenantId, id }))?.name : name,
    }),
    lastRun: t.field({
      type: AutomationRunRef,
      description: 'The newest run by `occurredAt`. Null if no event names a run.',
      resolve: ({ tenantId, automationId }, _args, { load }) =>
        load.lastRun.load({ tenantId, id: automationId }),
    }),
    lastRunAt: t.expose('lastRunAt', {
      type: 'DateTime',
      nullable: false,
      description:
        'The `occurredAt` of the newest run. If no event names a run, the time of the newest event.',
    }),
    runs: t.field({
      ...AutomationRunConnection.field,
      description: 'The runs of this automation, newest first unless `orderBy` is set.',
      args: listArgs(t.arg, runInputs),
      resolve: ({ tenantId, automationId: id }, args, context, info) => {
        const selected = listRunColumns(info);
        return toChildConnection(
          context,
          { tenantId, id, column: automationOfRun },
          args,
          (tenant, childArgs) => toAutomationRunListing('Automation.runs', tenant, childArgs, selected),
        );
      },
    }),
  }),
});

const AutomationConnection = connectionType('Automation', AutomationRef, 'automations', PAGE_COST);

registerNode('Automation', 's', ({ load }, tenantId, [automationId]: [string]) =>
  load.automation.load({ tenantId, id: automationId }),
);

builder.queryFields((t) => ({
  automation: t.field({
    scope: 'events:read',
    type: AutomationRef,
    description: 'The automation with this Qlik id. Null if there is none.',
    args: { automationId: t.arg.id({ required: true, description: "Qlik's id of the automation." }) },
    resolve: async (_root, { automationId }, context) => {
      const { tenantId } = await readActingTenant(context);
      return isId(automationId) ? context.load.automation.load({ tenantId, id: automationId }) : null;
    },
  }),
  automations: t.field({
    scope: 'events:read',
    ...AutomationConnection.field,
    description: 'The automations of the tenant, newest `lastRunAt` first unless `orderBy` is set.',
    args: listArgs(t.arg, automationInputs),
    resolve: async (_root, args, context) =>
      toConnection(toAutomationListing(await readActingTenant(context), args), args),
  }),
}));
