import { type AppReloadRecord, reloadReader } from '../../store/read/app-reloads.ts';
import { toEventName } from '../../store/read/events.ts';
import { toAppReloadStats } from '../../store/read/statistics/stats-subjects.ts';
import { APP_RELOADS } from '../../store/read/subjects/app-reloads.ts';
import { builder, type TypesOf } from '../builder.ts';
import { connectionType, toConnection } from '../connections/connection.ts';
import { PAGE_COST } from '../connections/list-cost.ts';
import { listArgs } from '../connections/page-args.ts';
import { readActingTenant } from '../context.ts';
import { AppReloadFinishedEventRef } from '../events/event-types.ts';
import { reloadInputs } from '../filters/inputs.ts';
import { toGlobalId } from '../global-id.ts';
import { NodeRef, registerNode } from '../node.ts';
import { addStatsQuery, statsType, toKey } from '../stats.ts';
import { AppRef, AppReloadRef } from './app-ref.ts';
import { AppReloadStatusRef } from './app-reload-status.ts';

/** The field of a list that is stored as sent. */
function listField(
  t: PothosSchemaTypes.ObjectFieldBuilder<TypesOf, AppReloadRecord>,
  name: 'errors' | 'warnings' | 'statements',
  description: string,
) {
  const nullable = { list: false, items: true } as const;
  return t.expose(name, { type: ['JSON'], nullable, description });
}

AppReloadRef.implement({
  description: 'One attempt of the engine to reload an app. Several attempts may share a `reloadId`.',
  interfaces: [NodeRef],
  fields: (t) => ({
    id: t.id({
      nullable: false,
      description: 'The global id, for `node`.',
      resolve: ({ tenantId, reloadKey }) => toGlobalId('AppReload', tenantId, reloadKey),
    }),
    reloadId: t.exposeID('reloadId', {
      description: "Qlik's id of the reload. Several attempts may share it.",
    }),
    app: t.field({
      type: AppRef,
      description: 'The app that was reloaded. Null if the event names no app.',
      resolve: ({ tenantId, appId }, _args, { load }) =>
        appId === null ? null : load.app.load({ tenantId, id: appId }),
    }),
    appId: t.exposeID('appId', { description: "Qlik's id of the app." }),
    appName: t.exposeString('appName', { description: 'The name of the app at the time of the reload.' }),
    status: t.expose('status', {
      type: AppReloadStatusRef,
      nullable: false,
      description: 'How the reload ended: `ok` → SUCCEEDED, `error` → FAILED.',
    }),
    statusName: t.exposeString('statusName', { description: 'The status as sent: `ok`, `error`.' }),
    endTime: t.expose('endTime', { type: 'DateTime', description: 'When the reload ended, as reported.' }),
    occurredAt: t.expose('occurredAt', {
      type: 'DateTime',
      nullable: false,
      description: 'When the reload ended: `endTime`, else the time of its event.',
    }),
    duration: t.expose('duration', {
      type: 'SafeInt',
      description: 'The duration as reported; its unit depends on the envelope. `durationMs` has one unit.',
    }),
    durationMs: t.expose('durationMs', {
      type: 'SafeInt',
      description:
        'How long the reload took, in milliseconds. Qlik reports seconds in the 0.1 event and milliseconds in the 1.0 event.',
    }),
    peakMemoryBytes: t.expose('peakMemoryBytes', {
      type: 'SafeInt',
      description: 'The highest memory use during the reload, in bytes.',
    }),
    memoryBytes: t.expose('memoryBytes', {
      type: 'SafeInt',
      description: 'The memory use of the app after the reload, in bytes.',
    }),
    errors: listField(t, 'errors', 'The errors as sent: text or objects.'),
    warnings: listField(t, 'warnings', 'The warnings as sent: text or objects.'),
    statements: listField(t, 'statements', 'A legacy list as sent. Qlik does not use it.'),
    event: t.field({
      type: AppReloadFinishedEventRef,
      nullable: false,
      description: 'The newest event about this reload.',
      resolve: async ({ tenantId, reloadKey, eventKey, eventTypeKey }, _args, { load }) => {
        const id = toEventName(eventKey ?? reloadKey, eventTypeKey);
        const event = await load.namedEvent.load({ tenantId, id });
        if (event === undefined) throw new Error('A reload has no event.');
        return event;
      },
    }),
  }),
});

export const AppReloadConnection = connectionType('AppReload', AppReloadRef, 'app reloads', PAGE_COST);

registerNode('AppReload', 's', ({ load }, tenantId, [reloadKey]: [string]) =>
  load.reload.load({ tenantId, id: reloadKey }),
);

builder.queryField('appReloads', (t) =>
  t.field({
    scope: 'events:read',
    ...AppReloadConnection.field,
    description: 'The reloads of all apps, newest first unless `orderBy` is set.',
    args: listArgs(t.arg, reloadInputs),
    resolve: async (_root, args, context) =>
      toConnection(reloadReader.toListing('Query.appReloads', await readActingTenant(context), args), args),
  }),
);

const AppReloadStats = statsType(APP_RELOADS, reloadInputs, (t) => ({
  app: t.field({
    type: AppRef,
    description: 'The app, if grouped by APP. Null if the reloads name no app.',
    resolve: (stats, _args, { load }) => {
      const id = toKey<string>(stats, 'APP');
      return id === null ? null : load.app.load({ tenantId: stats.tenantId, id });
    },
  }),
}));

addStatsQuery('appReloadStats', 'appReloads', AppReloadStats, toAppReloadStats);
