import { toOutcome } from '../../domain/runs/automation-run.ts';
import { isId } from '../../domain/values/text.ts';
import { toAutomationRunListing } from '../../store/read/automation-runs.ts';
import { type BlockRecord, runOfBlock, toBlocksOfRunListing } from '../../store/read/blocks.ts';
import { toBlockPage, toBlockRecords } from '../../store/read/blocks-of-run.ts';
import { runOfEvent, toEventListing } from '../../store/read/events.ts';
import type { ListingArguments } from '../../store/read/pages/list-page.ts';
import type { PageArguments } from '../../store/read/pages/page-arguments.ts';
import { builder } from '../builder.ts';
import { toChildConnection } from '../connections/child-connection.ts';
import { type Connection, connectionType, toConnection } from '../connections/connection.ts';
import { PAGE_COST } from '../connections/list-cost.ts';
import { listArgs, pageArgs, whereArg } from '../connections/page-args.ts';
import { readActingTenant } from '../context.ts';
import { EventConnection } from '../events/event.ts';
import { blockInputs, runInputs } from '../filters/inputs.ts';
import { toGlobalId } from '../global-id.ts';
import { describeName, findName } from '../names/find-name.ts';
import { NodeRef, registerNode } from '../node.ts';
import {
  AutomationRunContextRef,
  AutomationRunOutcomeRef,
  AutomationRunStatusRef,
} from './automation-run-enums.ts';
import { AutomationRef, AutomationRunRef } from './automation-run-ref.ts';
import { BlockConnection } from './block.ts';
import { fromColumn, fromColumns, listRunColumns } from './run-columns.ts';
import { AutomationRunMetricsRef, NetworkUsageRef } from './run-metrics.ts';

const blocksOfRun = fromColumns(
  ['blocks'],
  (run, args: PageArguments & Pick<ListingArguments, 'where'>, context): Connection<BlockRecord> => {
    const { tenantId, runId: id } = run;
    if (args.where) {
      return toChildConnection(context, { tenantId, id, column: runOfBlock }, args, toBlocksOfRunListing);
    }
    const blocks = toBlockRecords(run);
    const page = toBlockPage(blocks, args);
    return { page: () => page, count: () => blocks.length };
  },
);

AutomationRunRef.implement({
  description: 'One execution of an automation, merged from all stored events about it.',
  interfaces: [NodeRef],
  fields: (t) => ({
    id: t.id({
      nullable: false,
      description: 'The global id, for `node`.',
      resolve: ({ tenantId, runId }) => toGlobalId('AutomationRun', tenantId, runId),
    }),
    runId: t.exposeID('runId', { nullable: false, description: "Qlik's id of the run: `data.id`." }),
    automation: t.field({
      type: AutomationRef,
      description: 'The automation that ran. Null if no event names it.',
      resolve: ({ tenantId, automationId }, _args, { load }) =>
        automationId === null ? null : load.automation.load({ tenantId, id: automationId }),
    }),
    automationId: t.exposeID('automationId', {
      description: "Qlik's id of the automation: `toplevelresourceid`, else `data.automation`.",
    }),
    title: t.string({ ...fromColumn('title'), description: 'The title of the run, from `data.title`.' }),
    status: t.field({
      type: AutomationRunStatusRef,
      nullable: false,
      description: 'The status of the run. A final status is never replaced by one that is not final.',
      ...fromColumn('status'),
    }),
    statusName: t.string({
      ...fromColumn('statusName'),
      description: 'The status as sent: `finished with warnings`.',
    }),
    outcome: t.field({
      type: AutomationRunOutcomeRef,
      nullable: false,
      description: 'The result of the run, derived from its status.',
      ...fromColumns(['status'], ({ status }) => toOutcome(status)),
    }),
    context: t.field({
      type: AutomationRunContextRef,
      description: 'What started the run. Null if it was not sent.',
      ...fromColumn('context'),
    }),
    contextName: t.string({ ...fromColumn('contextName'), description: 'What started the run, as sent.' }),
    billable: t.boolean({
      ...fromColumn('billable'),
      description: 'Whether the run executed blocks of billable connectors.',
    }),
    isTestRun: t.boolean({
      ...fromColumn('isTestRun'),
      description: 'Whether this is a test run, from `data.testRun`, else `data.isTestRun`.',
    }),
    isArchived: t.boolean({
      ...fromColumn('isArchived'),
      description: 'Whether the run is archived, from `data.archived`, else `data.isArchived`.',
    }),
    executedById: t.id({
      ...fromColumn('executedById'),
      description:
        "Qlik's id of the user who executed the run: `data.executedById`, else the user of the event.",
    }),
    executedByName: t.string({
      ...fromColumns(['executedById'], ({ tenantId, executedById }, _args, context) =>
        findName(context, 'USER', tenantId, executedById),
      ),
      description: describeName('user who executed the run'),
    }),
    ownerId: t.id({
      ...fromColumn('ownerId'),
      description: "Qlik's id of the owner, from `data`, else from the envelope.",
    }),
    ownerName: t.string({
      ...fromColumns(['ownerId'], ({ tenantId, ownerId }, _args, context) =>
        findName(context, 'USER', tenantId, ownerId),
      ),
      description: describeName('owner'),
    }),
    spaceId: t.id({
      ...fromColumn('spaceId'),
      description: "Qlik's id of the space, from `data`, else from the envelope.",
    }),
    spaceName: t.string({
      ...fromColumns(['spaceId'], ({ tenantId, spaceId }, _args, context) =>
        findName(context, 'SPACE', tenantId, spaceId),
      ),
      description: describeName('space'),
    }),
    createdAt: t.field({
      ...fromColumn('createdAt'),
      type: 'DateTime',
      description: 'When the run was created.',
    }),
    scheduledStartTime: t.field({
      ...fromColumn('scheduledStartTime'),
      type: 'DateTime',
      description: 'When the run was scheduled to start.',
    }),
    startTime: t.field({
      ...fromColumn('startTime'),
      type: 'DateTime',
      description: 'When the run started.',
    }),
    stopTime: t.field({ ...fromColumn('stopTime'), type: 'DateTime', description: 'When the run stopped.' }),
    updatedAt: t.field({
      ...fromColumn('updatedAt'),
      type: 'DateTime',
      description: 'When Qlik last changed its record of the run.',
    }),
    occurredAt: t.expose('occurredAt', {
      type: 'DateTime',
      nullable: false,
      description:
        'The time of the run: `startTime`, else `createdAt`, else `stopTime`, else the time of its event. It is never null, so lists and statistics use it.',
    }),
    durationMs: t.field({
      ...fromColumn('durationMs'),
      type: 'SafeInt',
      description:
        'The time from `startTime` to `stopTime`, in milliseconds. Null if either is missing or the difference is negative.',
    }),
    queuedMs: t.field({
      ...fromColumn('queuedMs'),
      type: 'SafeInt',
      description:
        'The time from `createdAt` to `startTime`, in milliseconds. Null if either is missing or the difference is negative.',
    }),
    network: t.field({
      type: NetworkUsageRef,
      description:
        'The network usage reported for the whole run: per field from `data.network`, else from `data.metrics.network`. It is not the sum over the blocks.',
      ...fromColumns(['rxBytes', 'txBytes'], (run) =>
        run.rxBytes === null && run.txBytes === null ? null : run,
      ),
    }),
    totalApiCalls: t.field({
      ...fromColumn('totalApiCalls'),
      type: 'SafeInt',
      description:
        'The API calls reported for the whole run: `data.totalApiCalls`, else `data.metrics.totalApiCalls`.',
    }),
    metrics: t.field({
      type: AutomationRunMetricsRef,
      description:
        'The values in `data.metrics` exactly as reported. The fields of the run may come from elsewhere.',
      ...fromColumn('metrics'),
    }),
    blocks: t.field({
      ...BlockConnection.field,
      description:
        'The blocks that the run executed, in the order sent: `data.blocks` if it is a non-empty list, else `data.metrics.blocks`. At most 1,000 blocks of a list are read.',
      args: { ...pageArgs(t.arg), ...whereArg(t.arg, blockInputs.filter) },
      resolve: blocksOfRun.resolve,
      extensions: { ...BlockConnection.field.extensions, ...blocksOfRun.extensions },
    }),
    events: t.field({
      ...EventConnection.field,
      description: 'The events about this run, newest position first.',
      args: pageArgs(t.arg),
      resolve: ({ tenantId, runId: id }, args, context) =>
        toChildConnection(context, { tenantId, id, column: runOfEvent }, args, (tenant) =>
          toEventListing('AutomationRun.events', tenant),
        ),
    }),
  }),
});

export const AutomationRunConnection = connectionType(
  'AutomationRun',
  AutomationRunRef,
  'automation runs',
  PAGE_COST,
);

registerNode('AutomationRun', 's', ({ load }, tenantId, [runId]: [string]) =>
  load.run.load({ tenantId, id: runId }),
);

builder.queryFields((t) => ({
  automationRun: t.field({
    scope: 'events:read',
    type: AutomationRunRef,
    description: 'The run with this Qlik id. Null if there is none.',
    args: { runId: t.arg.id({ required: true, description: "Qlik's id of the run." }) },
    resolve: async (_root, { runId }, context) => {
      const { tenantId } = await readActingTenant(context);
      return isId(runId) ? context.load.run.load({ tenantId, id: runId }) : null;
    },
  }),
  automationRuns: t.field({
    scope: 'events:read',
    ...AutomationRunConnection.field,
    description: 'The runs of all automations, newest first unless `orderBy` is set.',
    args: listArgs(t.arg, runInputs),
    resolve: async (_root, args, context, info) => {
      const database = await readActingTenant(context);
      const selected = listRunColumns(info);
      const listing = toAutomationRunListing('Query.automationRuns', database, args, selected);
      return toConnection(listing, args);
    },
  }),
}));
